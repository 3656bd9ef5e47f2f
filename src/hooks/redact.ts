/** Shorter than this it is no secret, and replacing it would eat plain words. */
const SHORTEST_SECRET = 6;

/** Takes known secrets out of a text that comes from elsewhere: an endpoint may say back what it was sent. */
export type Redact = (text: string) => string;

export function redactor(secrets: Iterable<string>): Redact {
  // The longest first: a secret may hold another.
  const known = [...new Set(secrets)]
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
}
