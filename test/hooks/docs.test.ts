import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { cloudEventOf } from "../../src/hooks/cloud-event.js";
import { PERSONA_NAMES } from "../../src/hooks/gates/personas.js";
import { METRICS } from "../../src/hooks/metric.js";
import { readOperatorConfig } from "../../src/hooks/operator/config.js";
import { loadUserHook } from "../../src/hooks/operator/user-module.js";
import { signatureHeaders } from "../../src/hooks/signature.js";
import { temporaryFolder } from "../support/running.js";
import { aStory, MERGED_RED, newestTransition, QUEUED } from "./given.js";

const page = await readFile(new URL("../../docs/hooks.md", import.meta.url), "utf8");
const examples = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, text]) => text ?? "");

describe("docs/hooks.md", () => {
  it("shows a file that can be used, with everything that there is", async () => {
    const [file] = examples("yaml");
    const references = [...(file ?? "").matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? "");
    const secrets = Object.fromEntries(references.map((name) => [name, `https://example.com/${name}`]));
    const env = { ...secrets, LOOPFORGE_CONFIG: "loopforge.yml" };
    const { hooks, gates } = await readOperatorConfig(env, async () => file ?? "");
    expect(hooks.map(({ type }) => type)).toEqual(["slack", "slack", "webhook", "audit-log", "module"]);
    expect(gates.map((gate) => ("transport" in gate ? gate.transport : gate.type))).toEqual([
      ...["http", "command", "endpoint"],
    ]);
  });

  it("shows how to verify a signature", async () => {
    const [verifier] = examples("js");
    const file = join(temporaryFolder(), "verify.mjs");
    writeFileSync(file, verifier ?? "");
    const { isFromLoopForge } = (await import(pathToFileURL(file).href)) as {
      isFromLoopForge(headers: object, body: string, secret: string, now: number): boolean;
    };
    const now = new Date("2026-01-01");
    const headers = signatureHeaders("record-7/2", "{}", "secret", now);
    expect(isFromLoopForge(headers, "{}", "secret", now.getTime())).toBe(true);
    expect(isFromLoopForge(headers, "{} ", "secret", now.getTime())).toBe(false);
    expect(isFromLoopForge(headers, "{}", "another", now.getTime())).toBe(false);
    expect(isFromLoopForge(headers, "{}", "secret", now.getTime() + 301_000)).toBe(false);
  });

  it("shows a hook that can be loaded", async () => {
    const [, own] = examples("js");
    const folder = temporaryFolder();
    writeFileSync(join(folder, "deploy-notes.mjs"), own ?? "");
    const hook = await loadUserHook("./deploy-notes.mjs", folder);
    expect(await hook(...newestTransition(aStory([QUEUED])))).toBeUndefined();
    expect(await hook(...newestTransition(aStory([QUEUED, MERGED_RED])))).toMatchObject({
      summary: "acme/shop#7 went from task_queued to merged by pr.merged.",
    });
  });

  it("shows an event as it is sent", () => {
    const [shown] = examples("json").map((text) => JSON.parse(text) as Record<string, unknown>);
    const sent = JSON.parse(cloudEventOf(aStory([QUEUED]), 2).body) as Record<string, unknown>;
    expect(Object.keys(shown ?? {})).toEqual(Object.keys(sent));
    expect(shown).toMatchObject({ source: sent.source, type: sent.type, subject: sent.subject });
  });

  it("names every measure and every persona", () => {
    for (const { name } of Object.values(METRICS)) expect(page).toContain(`\`${name}\``);
    for (const persona of PERSONA_NAMES) expect(page).toContain(`\`${persona}\``);
  });
});
