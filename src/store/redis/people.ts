import { type Account, type PersonId, pseudonym } from "../../core/index.js";
import { personIn } from "../person-row.js";
import type { KnownPerson, People } from "../repository.js";
import { textIn } from "../row.js";
import type { RedisConnection } from "./connection.js";
import { FORGET, IDENTIFY } from "./scripts.js";

const FIELDS = ["user_id", "login", "type", "salt"] as const;

export class RedisPeople implements People {
  readonly #connection: RedisConnection;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
  }

  async identify({ id, login, type }: Account, salt: Uint8Array): Promise<PersonId> {
    const hex = Buffer.from(salt).toString("hex");
    const person = await this.#connection.run(IDENTIFY, id, pseudonym(id, salt), login, type, hex);
    return textIn({ person }, "person") as PersonId;
  }

  async find(person: PersonId): Promise<KnownPerson | null> {
    const values = await this.#connection.command("HMGET", `person:${person}`, ...FIELDS);
    const [user_id, login, type, salt] = Array.isArray(values) ? (values as unknown[]) : [];
    if (typeof user_id !== "string") return null;
    return personIn({ person, user_id, login, type, salt: Buffer.from(textIn({ salt }, "salt"), "hex") });
  }

  async forget(person: PersonId): Promise<boolean> {
    return (await this.#connection.run(FORGET, person)) === 1;
  }
}
