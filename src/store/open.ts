import { LoopForgeError } from "../core/index.js";
import type { StoreOptions } from "./options.js";
import type { LoopStore } from "./repository.js";

/** What `LOOPFORGE_STORE` is where it is not set. */
export const DEFAULT_STORE = "sqlite:loopforge.db";

interface Scheme {
  readonly example: string;
  /** @param rest what follows the scheme's colon */
  readonly open: (rest: string, options: StoreOptions) => Promise<LoopStore>;
}

/** Every store that LOOPFORGE_STORE can name. Imported when it is named, so that nobody loads a driver for another's. */
const SCHEMES: { readonly [name: string]: Scheme } = {
  sqlite: {
    example: "sqlite:loopforge.db",
    open: async (rest, options) => {
      const { SqliteRepository } = await import("./sqlite.js");
      return new SqliteRepository(pathOf("sqlite", rest), options);
    },
  },
  memory: {
    example: "memory:",
    open: async (rest, options) => {
      if (rest !== "") throw unusable("memory: takes nothing after its colon");
      const { MemoryRepository } = await import("./memory.js");
      return new MemoryRepository(options);
    },
  },
};

/**
 * Opens the store that a `LOOPFORGE_STORE` names, such as `sqlite:loopforge.db` or `memory:`.
 * @throws LoopForgeError `usage` when it names none; otherwise what the store's own opening throws.
 */
export async function openStore(url: string, options: StoreOptions = {}): Promise<LoopStore> {
  const [, name, rest] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url.trim()) ?? [];
  // The text itself is not repeated: a store's URL may hold a password.
  if (name === undefined || rest === undefined) throw unusable("it does not begin with a scheme and a colon");
  const known = name.toLowerCase();
  const scheme = Object.hasOwn(SCHEMES, known) ? SCHEMES[known] : undefined;
  if (!scheme) throw unusable(`there is no store ${known}:`);
  return scheme.open(rest, options);
}

/** A path may stand behind two slashes, as in other URLs: `sqlite:///var/lib/loopforge.db`. */
function pathOf(scheme: string, rest: string): string {
  const path = rest.replace(/^\/\//, "");
  if (path === "") throw unusable(`${scheme}: names no file`);
  return path;
}

function unusable(why: string): LoopForgeError {
  const examples = Object.values(SCHEMES).map((scheme) => scheme.example);
  return new LoopForgeError(
    "usage",
    `Cannot use LOOPFORGE_STORE: ${why}. It can be, for example: ${examples.join(", ")}`,
  );
}
