import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type Account, type PersonId, SALT_BYTES } from "../core/index.js";
import type { LoopStore } from "../store/repository.js";
import { accountType, type RawAccount } from "./observe/index.js";

/** Pseudonyms of those whom payloads name. */
export class Persons {
  readonly #people: LoopStore["people"];
  readonly #known = new LRUCache<string, PersonId>({ max: 10_000 });

  constructor(people: LoopStore["people"]) {
    this.#people = people;
  }

  /** The persons of all whom a payload names, by their ids at GitHub. */
  async in(payload: object): Promise<ReadonlyMap<number, PersonId>> {
    const persons = new Map<number, PersonId>();
    for (const account of accountsIn(payload)) persons.set(account.id, await this.#person(account));
    return persons;
  }

  async #person(raw: RawAccount): Promise<PersonId> {
    const account: Account = { id: raw.id, login: raw.login, type: accountType(raw) };
    const key = `${account.id} ${account.login} ${account.type}`;
    const known = this.#known.get(key);
    if (known) return known;
    const person = await this.#people.identify(account, randomBytes(SALT_BYTES));
    this.#known.set(key, person);
    return person;
  }
}

/** Where GitHub's payloads name somebody whom a record names. */
function accountsIn(payload: object): readonly RawAccount[] {
  const at = (...path: readonly string[]) =>
    path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), payload);
  const places = [
    at("sender"),
    at("issue", "user"),
    at("pull_request", "user"),
    at("pull_request", "merged_by"),
    at("review", "user"),
    at("comment", "user"),
  ];
  const accounts = places.filter(isAccount);
  return [...new Map(accounts.map((account) => [account.id, account])).values()];
}

/** The reviewer whose permission decides whether a review counts. */
export function reviewerIn(payload: object): RawAccount | null {
  const review = "review" in payload && isObject(payload.review) ? payload.review.user : undefined;
  return isAccount(review) ? review : null;
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null;
}

/** GitHub's logins, those of Apps (`name[bot]`) and of managed users (`name_company`). */
const LOGIN = /^[\w-]{1,90}(?:\[bot\])?$/;

function isAccount(value: unknown): value is RawAccount {
  return (
    isObject(value) && Number.isSafeInteger(value.id) && typeof value.login === "string" && LOGIN.test(value.login)
  );
}
