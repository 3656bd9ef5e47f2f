import { createPrivateKey } from "node:crypto";
import { getPrivateKey } from "@probot/get-private-key";
import { z } from "zod";
import { LoopForgeError } from "../core/index.js";
import { organizationConfig } from "../github/config/organization-config.js";
import { DEFAULT_MAX_WAITING } from "../inbox/inbox.js";
import { DEFAULT_INBOX } from "../inbox/open.js";
import { DEFAULT_STORE } from "../store/open.js";
import { apiUrl, type GithubPlace, gheHost, githubUrl } from "./github-url.js";

/** What the server is told by its environment: Probot's own variables, and LoopForge's. */
export interface ServerConfig {
  readonly appId: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
  /** The secret before a rotation: still accepted while it is set. */
  readonly previousWebhookSecret: string | null;
  readonly host: string;
  readonly port: number;
  /** GitHub's REST address: api.github.com, a GitHub Enterprise Server's `/api/v3`, or that of a subdomain of ghe.com. */
  readonly githubUrl: string;
  readonly logLevel: string;
  /** `LOOPFORGE_STORE`, such as `sqlite:loopforge.db`. */
  readonly store: string;
  /** `LOOPFORGE_INBOX`, such as `sqlite:loopforge-inbox.db`. */
  readonly inbox: string;
  /** How many deliveries may wait before more are answered 503. */
  readonly inboxLimit: number;
  /** The label on an issue that says somebody took it up. */
  readonly queueLabel: string;
  /** The repositories whose `loopforge.yml` rules their owners' others, such as `acme/.github`: one for each owner. */
  readonly organizationConfig: readonly string[];
}

const text = z.string().trim().min(1);
/** A variable that is set to nothing is one that is not set. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema);

const secret = text.refine((value) => value !== "development", {
  message: 'must not be "development", which anybody could sign with',
});

const GITHUB = {
  GITHUB_API_URL: optional(apiUrl.optional()),
  GHE_HOST: optional(gheHost.optional()),
  GHE_PROTOCOL: optional(z.enum(["http", "https"], "must be http or https").default("https")),
};

const SCHEMA = z.object({
  APP_ID: z.coerce.number("must be the App's id, a number").int().positive(),
  WEBHOOK_SECRET: secret,
  WEBHOOK_SECRET_PREVIOUS: optional(secret.optional()),
  HOST: optional(text.default("localhost")),
  PORT: optional(z.coerce.number("must be a port number").int().min(0).max(65535).default(3000)),
  ...GITHUB,
  LOG_LEVEL: optional(z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info")),
  LOOPFORGE_STORE: optional(text.default(DEFAULT_STORE)),
  LOOPFORGE_INBOX: optional(text.default(DEFAULT_INBOX)),
  LOOPFORGE_INBOX_LIMIT: optional(
    z.coerce.number("must be a whole number").int().positive().default(DEFAULT_MAX_WAITING),
  ),
  LOOPFORGE_QUEUE_LABEL: optional(text.default("queued")),
  LOOPFORGE_ORGANIZATION_CONFIG: optional(organizationConfig),
});

export type Environment = { readonly [name: string]: string | undefined };

/** Whether the environment names a GitHub App at all; if it names none, the server is in its set-up. */
export function hasCredentials(env: Environment): boolean {
  return Boolean(env.APP_ID) && readPrivateKey(env) !== null;
}

/** @throws LoopForgeError `usage` that names the first variable that cannot be used, and why */
export function readConfig(env: Environment): ServerConfig {
  const data = parsed(SCHEMA, env);
  const privateKey = readPrivateKey(env);
  if (privateKey === null) {
    throw new LoopForgeError(
      "usage",
      "PRIVATE_KEY (or PRIVATE_KEY_PATH) is not set: it is the App's private key, a PEM text",
    );
  }
  const { APP_ID, WEBHOOK_SECRET, HOST, PORT, LOG_LEVEL } = data;
  return {
    appId: APP_ID,
    privateKey,
    webhookSecret: WEBHOOK_SECRET,
    previousWebhookSecret: data.WEBHOOK_SECRET_PREVIOUS ?? null,
    host: HOST,
    port: PORT,
    githubUrl: githubUrl(data),
    logLevel: LOG_LEVEL,
    store: data.LOOPFORGE_STORE,
    inbox: data.LOOPFORGE_INBOX,
    inboxLimit: data.LOOPFORGE_INBOX_LIMIT,
    queueLabel: data.LOOPFORGE_QUEUE_LABEL,
    organizationConfig: data.LOOPFORGE_ORGANIZATION_CONFIG,
  };
}

/**
 * Where GitHub is, for what runs without credentials.
 * @throws LoopForgeError `usage` that names the variable that cannot be used, and why
 */
export function readGithubPlace(env: Environment): GithubPlace {
  return parsed(z.object(GITHUB), env);
}

function parsed<T>(schema: z.ZodType<T>, env: Environment): T {
  const { data, error } = schema.safeParse(env);
  if (!error) return data;
  const [problem] = error.issues;
  const name = String(problem?.path[0] ?? "environment");
  throw new LoopForgeError("usage", `${name} ${env[name] ? problem?.message : "is not set"}`);
}

/** @throws LoopForgeError `usage` when there is one and it cannot be used, without a word of what it is */
function readPrivateKey(env: Environment): string | null {
  const key = findPrivateKey(env);
  if (key === null) return null;
  try {
    createPrivateKey(key);
    return key;
  } catch (error) {
    throw new LoopForgeError(
      "usage",
      "PRIVATE_KEY cannot be used: it is no private key, or not the whole of one. Set it to all of the text of the .pem file that GitHub made, with its line breaks or \\n in their place, or PRIVATE_KEY_PATH to where that file is",
      { cause: error },
    );
  }
}

function findPrivateKey({ PRIVATE_KEY, PRIVATE_KEY_PATH }: Environment): string | null {
  try {
    return getPrivateKey({ env: { PRIVATE_KEY: PRIVATE_KEY && unquoted(PRIVATE_KEY), PRIVATE_KEY_PATH } });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LoopForgeError("usage", `PRIVATE_KEY cannot be used: ${why}`, { cause: error });
  }
}

/** The set-up page writes the key into `.env` in quotes, and Docker's `--env-file` takes these for a part of it. */
function unquoted(value: string): string {
  return /^(["'])(.*)\1$/s.exec(value.trim())?.[2] ?? value;
}
