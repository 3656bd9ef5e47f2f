import { type Account, type PersonId, pseudonym } from "../../core/index.js";
import type { KnownPerson, People } from "../repository.js";
import type { Contents, KeptPerson } from "./contents.js";
import type { JsonFileKeeper } from "./keeper.js";

export class JsonFilePeople implements People {
  readonly #keeper: JsonFileKeeper;

  constructor(keeper: JsonFileKeeper) {
    this.#keeper = keeper;
  }

  async identify({ id, login, type }: Account, salt: Uint8Array): Promise<PersonId> {
    const known = ofUser(this.#keeper.contents, id);
    // Most people are known and have not changed: that must not cost a write.
    if (known?.account.login === login && known.account.type === type) return known.person;
    const offered = Uint8Array.from(salt);
    return this.#keeper.write((contents) => {
      const before = ofUser(contents, id);
      const person = before?.person ?? pseudonym(id, offered);
      const kept = { salt: offered, unknown: {}, ...before, person, account: { id, login, type } };
      contents.people.set(person, kept);
      return person;
    });
  }

  async find(person: PersonId): Promise<KnownPerson | null> {
    const kept = this.#keeper.contents.people.get(person);
    return kept ? { person, account: { ...kept.account }, salt: Uint8Array.from(kept.salt) } : null;
  }

  async forget(person: PersonId): Promise<boolean> {
    return this.#keeper.write(({ people }) => people.delete(person));
  }
}

function ofUser({ people }: Contents, userId: number): KeptPerson | undefined {
  for (const kept of people.values()) if (kept.account.id === userId) return kept;
  return undefined;
}
