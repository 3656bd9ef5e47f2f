import { z } from "zod";
import { HookFailure } from "../failure.js";
import { webAddress } from "../guarded-fetch.js";

export type Environment = { readonly [name: string]: string | undefined };

/** Where values in the file come from that are not in the file, and which of them are secrets. */
export interface Values {
  /** A secret: in the file it is a reference and nothing else. */
  readonly secret: z.ZodType<string, string>;
  /** A web address, in which references may be. */
  readonly address: z.ZodType<string, string>;
  /** A web address that is a secret. */
  readonly secretAddress: z.ZodType<string, string>;
  /** All secrets that were read so far. */
  readonly secrets: ReadonlySet<string>;
}

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]{0,99})\}/g;
const ONE_REFERENCE = /^\$\{[A-Za-z_][A-Za-z0-9_]{0,99}\}$/;

/** Readers of values that refer to the environment as `${NAME}`. No message of theirs repeats a value. */
export function valuesFrom(env: Environment): Values {
  const secrets = new Set<string>();

  const resolved = (text: string, context: z.RefinementCtx): string => {
    let isMissing = false;
    const value = text.replace(REFERENCE, (_, name: string) => {
      const found = env[name];
      if (found) {
        secrets.add(found);
        return found;
      }
      context.addIssue({ code: "custom", message: `refers to the environment variable ${name}, which is not set` });
      isMissing = true;
      return "";
    });
    return isMissing ? z.NEVER : value;
  };
  const secret = z
    .string()
    .regex(ONE_REFERENCE, {
      abort: true,
      message: `must be a reference to an environment variable, such as \${NAME}: the secret itself is not to be in the file`,
    })
    .transform(resolved);
  const asAddress = (text: string, context: z.RefinementCtx): string => {
    const problem = problemWith(text);
    if (problem) context.addIssue({ code: "custom", message: problem });
    return text;
  };
  return {
    secret,
    address: z.string().transform(resolved).transform(asAddress),
    secretAddress: secret.transform(asAddress).transform((address) => {
      // Of a Slack address the path is what nobody may know.
      if (URL.canParse(address)) secrets.add(new URL(address).pathname);
      return address;
    }),
    secrets,
  };
}

function problemWith(address: string): string | null {
  try {
    webAddress(address);
    return null;
  } catch (error) {
    return error instanceof HookFailure ? error.message : "is not a web address";
  }
}
