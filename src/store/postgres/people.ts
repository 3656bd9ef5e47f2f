import { type Account, type PersonId, pseudonym } from "../../core/index.js";
import { personIn } from "../person-row.js";
import type { KnownPerson, People } from "../repository.js";
import { textIn } from "../row.js";
import type { PostgresDatabase } from "./database.js";
import type { Statements } from "./sql.js";

export class PostgresPeople implements People {
  readonly #db: PostgresDatabase<Statements>;

  constructor(db: PostgresDatabase<Statements>) {
    this.#db = db;
  }

  async identify(account: Account, salt: Uint8Array): Promise<PersonId> {
    const { id, login, type } = account;
    const row = await this.#db.one(this.#db.sql.personOfUser, id);
    const known = row && personIn(row);
    // Most people are known and have not changed: that must not cost a write.
    if (known?.account.login === login && known.account.type === type) return known.person;
    const offered = pseudonym(id, salt);
    const kept = await this.#db.one(this.#db.sql.upsertPerson, offered, id, login, type, Buffer.from(salt));
    return textIn(kept ?? {}, "person") as PersonId;
  }

  async find(person: PersonId): Promise<KnownPerson | null> {
    const row = await this.#db.one(this.#db.sql.person, person);
    return row ? personIn(row) : null;
  }

  async forget(person: PersonId): Promise<boolean> {
    return (await this.#db.all(this.#db.sql.deletePerson, person)).length > 0;
  }
}
