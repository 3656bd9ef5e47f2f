/** Whether a label is among those of an issue or a pull request: to GitHub, `Ship it` and `ship it` are one and the same. */
export function hasLabel(labels: readonly string[], label: string): boolean {
  const wanted = label.toLowerCase();
  return labels.some((one) => one.toLowerCase() === wanted);
}
