import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type BuildOptions, build } from "esbuild";
import { onTestFinished } from "vitest";
import { parse } from "yaml";

/** Bundles a function as serverless.yml says it. */
export async function bundle(name: string, folder: string): Promise<{ readonly file: string; readonly bytes: number }> {
  const document = await readFile("serverless.yml", "utf8");
  const { custom } = parse(document, { logLevel: "silent" }) as {
    readonly custom: { readonly esbuild: BuildOptions & { outputFileExtension: string; exclude: string } };
  };
  const { outputFileExtension, exclude: _, ...options } = custom.esbuild;
  const file = join(folder, `${name}${outputFileExtension}`);
  await build({ ...options, entryPoints: [`src/lambda/${name}.ts`], outfile: file, logLevel: "error" });
  return { file, bytes: (await stat(file)).size };
}

/** What Lambda's runtime does: loads the function in a process of its own, hands events to it, and takes what it answers. */
const RUNTIME = `
  import { createInterface } from "node:readline";
  const { handler } = await import(process.argv[1]);
  process.stdout.write("LOADED\\n");
  const context = { getRemainingTimeInMillis: () => 60000 };
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await handler(JSON.parse(line), context).catch((error) => ({ failed: String(error) }));
    process.stdout.write("ANSWER " + JSON.stringify(answer ?? null) + "\\n");
  }
`;

/** A function in a process of its own, loaded. It ends with the test. */
export interface FunctionProcess {
  invoke<Answer>(event: object): Promise<Answer>;
  /** What it wrote besides, a line each. */
  readonly lines: readonly string[];
}

export async function givenProcess(file: string, env: Readonly<Record<string, string>>): Promise<FunctionProcess> {
  const child: ChildProcess = spawn(process.execPath, ["--input-type=module", "--eval", RUNTIME, file], {
    // Nothing of this machine's own: what a function knows is in its settings.
    env: { NODE_NO_WARNINGS: "1", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error("It has no streams");
  const exited = once(child, "exit");
  onTestFinished(async () => {
    stdin.end();
    await exited;
  });
  const lines: string[] = [];
  const waiting: ((answer: string) => void)[] = [];
  await new Promise<void>((loaded) => {
    createInterface({ input: stdout }).on("line", (line) => {
      if (line === "LOADED") loaded();
      else if (line.startsWith("ANSWER ")) waiting.shift()?.(line.slice("ANSWER ".length));
      else lines.push(line);
    });
  });
  return {
    lines,
    async invoke<Answer>(event: object) {
      const answer = new Promise<string>((resolve) => waiting.push(resolve));
      stdin.write(`${JSON.stringify(event)}\n`);
      return JSON.parse(await answer) as Answer;
    },
  };
}
