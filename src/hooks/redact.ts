/** Shorter than this it is no secret, and replacing it would eat plain words. */
const SHORTEST_SECRET = 6;
/** A line of a key is one by itself; a shorter one may be any word. */
const SHORTEST_LINE = 16;
/** A variable often holds the ends of lines as two characters. */
const LINE_END = /\r?\n|\\n/;

/** Takes known secrets out of a text that comes from elsewhere: an endpoint may say back what it was sent. */
export type Redact = (text: string) => string;

export function redactor(secrets: Iterable<string>): Redact {
  // The longest first: a secret may hold another.
  const known = [...new Set([...secrets].flatMap((secret) => [secret, ...linesOf(secret)]))]
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
}

/** A key of several lines is as secret where somebody has broken it otherwise, or says only a part of it. */
function linesOf(secret: string): readonly string[] {
  return secret.split(LINE_END).filter((line) => line.length >= SHORTEST_LINE);
}
