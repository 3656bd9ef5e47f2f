/**
 * Text from GitHub as code: nothing in it is markup, mentions anybody, becomes a link or ends a table cell.
 * Cut to `limit` characters.
 */
export function asCode(text: string, limit = 100): string {
  const line = text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters and line ends are what has to go
    .replace(/[\u0000-\u001f\u007f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ")
    .replaceAll("`", "ˋ")
    .trim();
  const characters = [...line];
  const cut = characters.length > limit ? `${characters.slice(0, limit - 1).join("")}…` : line;
  return `\`${(cut || " ").replaceAll("|", "\\|")}\``;
}

/** A link with words of our own; the words alone where the address is not a plain web address. */
export function link(words: string, address: unknown): string {
  if (typeof address !== "string" || !/^https?:\/\/[\w.~:/?#[\]@!$&*+,;=%-]+$/.test(address)) return words;
  return `[${words}](${address})`;
}

export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)].join("\n");
}
