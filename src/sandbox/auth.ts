import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { GitHubError, unprocessable } from "./errors.js";
import { iso } from "./format.js";
import type { App, Installation } from "./model/account.js";
import type { Repository } from "./model/repository.js";

/** GitHub's limits: an App's token lives ten minutes at most, an installation's one hour; clocks may differ by a minute. */
const JWT_MAX_SECONDS = 600;
const TOKEN_SECONDS = 3600;
const SKEW_SECONDS = 60;

/** What an installation token opens. */
export interface TokenGrant {
  readonly token: string;
  readonly installation: Installation;
  /** Null for all repositories of the installation. */
  readonly repositoryIds: ReadonlySet<number> | null;
  readonly expiresAt: Date;
}

/** Who makes a request. */
export type Caller = { kind: "app" } | { kind: "installation"; grant: TokenGrant };

/** Issues and checks the App's credentials. */
export class Auth {
  readonly #app: App;
  #privateKey: string | undefined;
  #publicKey: KeyObject | undefined;
  readonly #clock: () => Date;
  readonly #guid: () => string;
  readonly #grants = new Map<string, TokenGrant>();

  constructor(options: { app: App; privateKey: string | undefined; clock: () => Date; guid: () => string }) {
    this.#app = options.app;
    this.#privateKey = options.privateKey;
    this.#clock = options.clock;
    this.#guid = options.guid;
  }

  /** The App's private key; made when first asked for, since that takes a moment and many sandboxes never need it. */
  get privateKey(): string {
    this.#privateKey ??= newPrivateKey();
    return this.#privateKey;
  }

  /** Finds out who makes a request, or answers 401. */
  identify(authorization: string | undefined): Caller {
    const credential = /^(?:bearer|token)\s+(\S+)$/i.exec(authorization ?? "")?.[1];
    if (credential === undefined) throw new GitHubError(401, "Requires authentication");
    if (credential.split(".").length === 3) {
      this.#checkJwt(credential);
      return { kind: "app" };
    }
    const grant = this.#grants.get(credential);
    if (grant === undefined || grant.expiresAt <= this.#clock()) throw new GitHubError(401, "Bad credentials");
    return { kind: "installation", grant };
  }

  /** Makes an installation token. */
  issue(installation: Installation, repositories: readonly Repository[] | null): TokenGrant {
    const strangers = repositories?.some((repository) => !installation.repositories.has(repository)) ?? false;
    if (strangers) {
      throw unprocessable(
        "There is at least one repository that does not exist or is not accessible to the parent installation.",
      );
    }
    const grant: TokenGrant = {
      token: `ghs_${this.#guid().replaceAll("-", "")}`,
      installation,
      repositoryIds: repositories === null ? null : new Set(repositories.map((repository) => repository.id)),
      expiresAt: new Date(this.#clock().getTime() + TOKEN_SECONDS * 1000),
    };
    this.#grants.set(grant.token, grant);
    return grant;
  }

  #checkJwt(token: string): void {
    const [header = "", payload = "", signature = ""] = token.split(".");
    this.#publicKey ??= createPublicKey(this.privateKey);
    const claims = decode(payload);
    if (decode(header).alg !== "RS256") throw undecodable();
    const signed = verify(
      "sha256",
      Buffer.from(`${header}.${payload}`),
      this.#publicKey,
      Buffer.from(signature, "base64url"),
    );
    if (!signed) throw undecodable();
    const { iss, exp, iat } = claims;
    if (String(iss) !== String(this.#app.id) && iss !== this.#app.clientId) {
      throw new GitHubError(401, "'Issuer' claim ('iss') must be an Integer");
    }
    const now = Math.floor(this.#clock().getTime() / 1000);
    if (typeof iat !== "number" || iat > now + SKEW_SECONDS) {
      throw new GitHubError(
        401,
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
      );
    }
    if (typeof exp !== "number" || exp <= now) {
      throw new GitHubError(
        401,
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
      );
    }
    if (exp > now + JWT_MAX_SECONDS) {
      throw new GitHubError(401, "'Expiration time' claim ('exp') is too far in the future");
    }
  }
}

/** The expiry of a token in GitHub's form. */
export function expiry(grant: TokenGrant): string {
  return iso(grant.expiresAt);
}

function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return privateKey;
}

function undecodable(): GitHubError {
  return new GitHubError(401, "A JSON web token could not be decoded");
}

function decode(part: string): { alg?: unknown; iss?: unknown; exp?: unknown; iat?: unknown } {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    throw undecodable();
  }
}
