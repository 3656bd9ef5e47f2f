import { mkdtemp, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SERVER = fileURLToPath(new URL("proof-server.ts", import.meta.url));
const HURRY = fileURLToPath(new URL("proof-hurry.ts", import.meta.url));
const PACKAGES = fileURLToPath(new URL("../../node_modules", import.meta.url));

export interface BundledServer {
  readonly folder: string;
  readonly server: string;
  /** To be loaded before it where its time is to run faster. */
  readonly hurry: string;
}

/**
 * Bundles the server into one file, in a folder that is the caller's to remove: a process that is started hundreds of times must not
 * compile its sources each time, nor look for a thousand modules.
 */
export async function bundleServer(): Promise<BundledServer> {
  const folder = await mkdtemp(join(tmpdir(), "loopforge-proof-"));
  // Drivers stay packages: one is native, and the others are loaded where they are named.
  await symlink(PACKAGES, join(folder, "node_modules"));
  await build({
    ...{ entryPoints: { server: SERVER, hurry: HURRY }, outdir: folder, outExtension: { ".js": ".mjs" } },
    ...{ bundle: true, platform: "node", target: "node20", format: "esm" },
    external: ["libsql", "pg", "ioredis", "@aws-sdk/*"],
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    logLevel: "error",
  });
  return { folder, server: join(folder, "server.mjs"), hurry: join(folder, "hurry.mjs") };
}
