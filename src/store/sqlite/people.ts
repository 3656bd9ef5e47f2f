import { type Account, type PersonId, pseudonym } from "../../core/index.js";
import { personIn } from "../person-row.js";
import type { KnownPerson, People } from "../repository.js";
import type { SqliteDatabase } from "./database.js";
import * as sql from "./sql.js";

export class SqlitePeople implements People {
  readonly #db: SqliteDatabase;

  constructor(db: SqliteDatabase) {
    this.#db = db;
  }

  async identify(account: Account, salt: Uint8Array): Promise<PersonId> {
    const { id, login, type } = account;
    const known = this.#ofUser(id);
    // Most people are known and have not changed: that must not cost a write.
    if (known?.account.login === login && known.account.type === type) return known.person;
    return this.#db.write(() => {
      const person = this.#ofUser(id)?.person ?? pseudonym(id, salt);
      this.#db.run(sql.UPSERT_PERSON, person, id, login, type, salt);
      return person;
    });
  }

  async find(person: PersonId): Promise<KnownPerson | null> {
    const row = this.#db.one(sql.PERSON, person);
    return row ? personIn(row) : null;
  }

  forget(person: PersonId): Promise<boolean> {
    return this.#db.write(() => this.#db.run(sql.DELETE_PERSON, person) > 0);
  }

  #ofUser(userId: number): KnownPerson | null {
    const row = this.#db.one(sql.PERSON_OF_USER, userId);
    return row ? personIn(row) : null;
  }
}
