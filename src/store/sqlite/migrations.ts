import type { Migration } from "./database.js";
import { TABLES } from "./sql.js";
import { upgradeRecords } from "./upgrade.js";

/** What brings a file up to date, in order; one that was released is never changed. */
export const MIGRATIONS: readonly Migration[] = [...TABLES, upgradeRecords];
