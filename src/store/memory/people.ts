import { type Account, type PersonId, pseudonym } from "../../core/index.js";
import type { KnownPerson, People } from "../repository.js";

export class MemoryPeople implements People {
  readonly #byPerson = new Map<PersonId, KnownPerson>();
  readonly #byUser = new Map<number, PersonId>();

  async identify(account: Account, salt: Uint8Array): Promise<PersonId> {
    const person = this.#byUser.get(account.id) ?? pseudonym(account.id, salt);
    const known = this.#byPerson.get(person);
    const { id, login, type } = account;
    this.#byUser.set(id, person);
    this.#byPerson.set(person, { person, account: { id, login, type }, salt: known?.salt ?? Uint8Array.from(salt) });
    return person;
  }

  async find(person: PersonId): Promise<KnownPerson | null> {
    return this.#byPerson.get(person) ?? null;
  }

  async forget(person: PersonId): Promise<boolean> {
    const known = this.#byPerson.get(person);
    if (!known) return false;
    this.#byUser.delete(known.account.id);
    return this.#byPerson.delete(person);
  }
}
