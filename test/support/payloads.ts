import type { Delivery, Sandbox } from "../../src/sandbox/index.js";

/** The newest delivery of an event and action, such as `issues.opened`, that a sandbox made. */
export function newest(sandbox: Sandbox, name: string): Delivery {
  const found = sandbox.deliveries.findLast(({ event, action }) => `${event}.${action}` === name);
  if (!found) throw new Error(`The sandbox made no ${name}`);
  return found;
}

/** What a receiver parses out of a delivery's body. */
export function payloadOf(delivery: Delivery): object {
  return JSON.parse(delivery.body) as object;
}

/** A copy of a payload with one field, named by its path, set to something else. */
export function changed(payload: object, path: string, value: unknown): object {
  const { copy, parent, name } = reach(payload, path);
  parent[name] = value;
  return copy;
}

/** A copy of a payload without one field, named by its path. */
export function without(payload: object, path: string): object {
  const { copy, parent, name } = reach(payload, path);
  delete parent[name];
  return copy;
}

type Fields = Record<string, unknown>;

function reach(payload: object, path: string): { copy: object; parent: Fields; name: string } {
  const copy = structuredClone(payload);
  const names = path.split(".");
  const name = names.pop() ?? "";
  const parent = names.reduce<Fields>((at, step) => at[step] as Fields, copy as Fields);
  return { copy, parent, name };
}
