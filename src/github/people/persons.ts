import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type Account, type PersonId, SALT_BYTES } from "../../core/index.js";
import type { LoopStore } from "../../store/repository.js";
import { accountType, type RawAccount } from "../observe/index.js";

/** Pseudonyms of those whom payloads name. */
export class Persons {
  readonly #people: LoopStore["people"];
  readonly #known = new LRUCache<string, PersonId>({ max: 10_000 });

  constructor(people: LoopStore["people"]) {
    this.#people = people;
  }

  /** The persons of accounts, by their ids at GitHub. */
  async in(accounts: readonly RawAccount[]): Promise<ReadonlyMap<number, PersonId>> {
    const persons = new Map<number, PersonId>();
    for (const account of accounts) if (isAccount(account)) persons.set(account.id, await this.#person(account));
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

/** GitHub's logins, those of Apps (`name[bot]`) and of managed users (`name_company`). */
const LOGIN = /^[\w-]{1,90}(?:\[bot\])?$/;

function isAccount({ id, login }: RawAccount): boolean {
  return Number.isSafeInteger(id) && LOGIN.test(login);
}
