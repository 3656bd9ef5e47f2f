import { z } from "zod";
import { nearest } from "./nearest.js";

/**
 * The kinds of values that settings have. What each refuses, it says in words that follow the setting's name: "approvals.required
 * must be …".
 */

/** What cannot be seen, or turns the line around: control characters, line ends, directional overrides, half surrogate pairs. */
const VISIBLE = /^[^\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+$/u;

/** A setting may be left out; its description and default are for editors (docs/loopforge.schema.json). */
export function setting<T extends z.ZodType>(
  schema: T,
  about: { readonly description: string; readonly default?: unknown },
) {
  return schema.meta(about).optional();
}

export function section<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, "must be a group of settings, each on a line of its own below it").optional();
}

export function yesOrNo() {
  return z.boolean("must be true or false");
}

export function autoOrYesOrNo() {
  return z.union([z.literal("auto"), z.boolean()], "must be auto, true or false");
}

export function oneOf<const T extends readonly string[]>(...values: T) {
  return z.enum(values, `must be ${values.join(", ").replace(/, (?=[^,]*$)/, " or ")}`);
}

export function wholeNumber(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.int(message).min(least, message).max(most, message);
}

export function text(limit: number) {
  return z
    .string("must be text; put it in quotes if it looks like something else")
    .min(1, "must not be empty")
    .max(limit, `must have at most ${limit} characters`)
    .regex(VISIBLE, "must not have control characters");
}

/** Patterns in a list, and stars in a pattern: together with the length of names they bound what a match can cost. */
const MAX_PATTERNS = 50;
const MAX_STARS = 5;

/** A name in which `*` stands for any characters. */
export function pattern() {
  return text(200).regex(
    new RegExp(`^[^*]*(?:\\*[^*]*){0,${MAX_STARS}}$`),
    `must have at most ${MAX_STARS} stars (*): leave some out, or write two patterns`,
  );
}

/** With `{issue}` in it exactly once. */
export function branchPattern() {
  return pattern().regex(
    /^[^{}]*\{issue\}[^{}]*$/,
    "must have {issue} once, where the issue's number is: issue-{issue}-*",
  );
}

/** Of a hook or gate. A name cannot be an address, a secret or a command: what it stands for, the operator says. */
export function hookName() {
  const message = "must be a name of small letters, digits and hyphens, at most 40";
  return z.string(message).regex(/^[a-z][a-z0-9-]{0,39}$/, message);
}

export function settingPath(known: readonly string[]) {
  const error = ({ input }: { readonly input?: unknown }) => {
    const meant = typeof input === "string" ? nearest(input, known) : null;
    return `must be the path of a setting${meant ? `: did you mean ${meant}?` : ", such as ci.required"}`;
  };
  return z.enum(known, { error });
}

/** A list of patterns, which `*` keeps short. */
export function patterns<T extends z.ZodType>(item: T) {
  const message = `must have at most ${MAX_PATTERNS} patterns: let * stand for what several of them have in common`;
  return z.array(item, "must be a list, such as [one, two]").max(MAX_PATTERNS, message);
}

export function list<T extends z.ZodType>(item: T, most = 100) {
  return z.array(item, "must be a list, such as [one, two]").max(most, `must have at most ${most} items`);
}
