import { type Account, LoopForgeError, type PersonId, pseudonym } from "../../core/index.js";
import type { KnownPerson, People } from "../repository.js";
import { bytesIn, integerIn, type Row, textIn } from "../row.js";
import type { DynamoDBConnection, TransactItem } from "./connection.js";
import { ConditionsFailed } from "./errors.js";
import { IS_PERSON, NO_OTHER_PERSON, NO_PERSON, personKey, SAME_PERSON, type Tables, userKey } from "./keys.js";

/** Turns that a write takes at most: each but the last means that somebody else wrote the same person in between. */
const MAX_TURNS = 10;

/**
 * A person is two items, written and removed together: `p_…`, which says who that is, and `user:<id>`, which says who an account is and
 * repeats what changes, so that a known account that has not changed takes one read.
 */
export class DynamoDBPeople implements People {
  readonly #db: DynamoDBConnection;
  readonly #table: string;

  constructor(db: DynamoDBConnection, tables: Tables) {
    this.#db = db;
    this.#table = tables.people;
  }

  identify(account: Account, salt: Uint8Array): Promise<PersonId> {
    return this.#unlessOvertaken(async () => {
      const known = await this.#db.get(this.#table, userKey(account.id));
      if (!known) {
        const person = pseudonym(account.id, salt);
        await this.#db.transact(this.#toAdd(person, account, salt));
        return person;
      }
      const person = textIn(known, "pseudonym") as PersonId;
      if (known.login !== account.login || known.type !== account.type) {
        await this.#db.transact(this.#toRename(person, account));
      }
      return person;
    });
  }

  async find(person: PersonId): Promise<KnownPerson | null> {
    const row = await this.#db.get(this.#table, personKey(person));
    return row && { person, account: accountIn(row), salt: bytesIn(row, "salt") };
  }

  forget(person: PersonId): Promise<boolean> {
    return this.#unlessOvertaken(async () => {
      const known = await this.find(person);
      if (known) await this.#db.transact(this.#toForget(known));
      return known !== null;
    });
  }

  #toAdd(person: PersonId, { id, login, type }: Account, salt: Uint8Array): readonly TransactItem[] {
    const items: Row[] = [
      { ...userKey(id), pseudonym: person, login, type },
      { ...personKey(person), user_id: id, login, type, salt },
    ];
    return items.map((Item) => ({ Put: { TableName: this.#table, Item, ConditionExpression: NO_PERSON } }));
  }

  #toRename(person: PersonId, { id, login, type }: Account): readonly TransactItem[] {
    const rename = {
      TableName: this.#table,
      UpdateExpression: "SET #login = :login, #type = :type",
      ExpressionAttributeNames: { "#login": "login", "#type": "type" },
    };
    const values = { ":login": login, ":type": type };
    const user = { Key: userKey(id), ConditionExpression: SAME_PERSON };
    const known = { Key: personKey(person), ConditionExpression: IS_PERSON };
    return [
      { Update: { ...rename, ...user, ExpressionAttributeValues: { ...values, ":person": person } } },
      { Update: { ...rename, ...known, ExpressionAttributeValues: values } },
    ];
  }

  #toForget({ person, account }: KnownPerson): readonly TransactItem[] {
    const user = {
      Key: userKey(account.id),
      ConditionExpression: NO_OTHER_PERSON,
      ExpressionAttributeValues: { ":person": person },
    };
    return [
      { Delete: { TableName: this.#table, Key: personKey(person), ConditionExpression: IS_PERSON } },
      { Delete: { TableName: this.#table, ...user } },
    ];
  }

  /** Reads and decides again when somebody else wrote in between. */
  async #unlessOvertaken<T>(work: () => Promise<T>): Promise<T> {
    for (let turn = 1; ; turn++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof ConditionsFailed)) throw error;
        if (turn === MAX_TURNS) throw disagreeing(this.#table, error);
      }
    }
  }
}

function accountIn(row: Row): Account {
  const type = textIn(row, "type") === "Bot" ? "Bot" : "User";
  return { id: integerIn(row, "user_id"), login: textIn(row, "login"), type };
}

function disagreeing(table: string, cause: Error): LoopForgeError {
  return new LoopForgeError(
    "store_unavailable",
    `The DynamoDB table ${table} holds half of a person, or changes without end`,
    { cause },
  );
}
