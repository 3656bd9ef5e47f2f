import type { Account, PersonId } from "../core/index.js";
import type { KnownPerson } from "./repository.js";
import { bytesIn, integerIn, type Row, textIn } from "./row.js";

/** Who a row says that a person is. */
export function personIn(row: Row): KnownPerson {
  const type = textIn(row, "type") === "Bot" ? "Bot" : "User";
  const account: Account = { id: integerIn(row, "user_id"), login: textIn(row, "login"), type };
  return { person: textIn(row, "person") as PersonId, account, salt: bytesIn(row, "salt") };
}
