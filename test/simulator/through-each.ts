/**
 * The same object, with every method called through `call`.
 * @param parts that stand in place of its own
 */
export function throughEach<T extends object>(
  target: T,
  call: (name: string, done: () => Promise<unknown>, values: readonly unknown[]) => Promise<unknown>,
  parts: Partial<T> = {},
): T {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(parts, name)) return Reflect.get(parts, name);
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || typeof name !== "string") return value;
      return (...values: unknown[]) =>
        call(name, async () => Reflect.apply(value, target, values) as Promise<unknown>, values);
    },
  });
}
