/**
 * Text from elsewhere on one line, without control characters and without the marks that turn the direction of writing around,
 * cut to `limit` characters.
 */
export function plainText(text: string, limit: number): string {
  const line = text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters and line ends are what has to go
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g, " ")
    .trim();
  const characters = [...line.slice(0, limit * 2 + 2)];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join("")}…` : characters.join("");
}
