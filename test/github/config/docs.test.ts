import { readFile } from "node:fs/promises";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { parseConfiguration } from "../../../src/github/config/parse.js";
import { DEFAULT_CONFIGURATION, FILES, SETTING_PATHS } from "../../../src/github/config/schema.js";
import { anySettings, valueAt } from "./any-settings.js";

const page = await readFile(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);

const SCHEMA = z.toJSONSchema(FILES.organization, { target: "draft-7", io: "input" });

/** As the formatter writes it: a short list on one line. */
function asJson(value: object): string {
  const text = JSON.stringify(value, null, 2);
  return `${text.replace(
    /^(.*)\[\s+([^[\]{}]*?)\s+\](,?)$/gm,
    (whole: string, before: string, items: string, after: string) => {
      const line = `${before}[${items.replace(/,\s+/g, ", ")}]${after}`;
      return line.length <= 120 ? line : whole;
    },
  )}\n`;
}

describe("docs/loopforge.schema.json", () => {
  test("is the schema that files are checked by", async () => {
    const $id = "https://raw.githubusercontent.com/loopforge/loopforge/main/docs/loopforge.schema.json";
    const { $schema, ...rest } = SCHEMA;
    const about = { title: ".github/loopforge.yml", description: "How LoopForge follows the changes of a repository." };
    await expect(asJson({ $schema, $id, ...about, ...rest })).toMatchFileSnapshot(
      "../../../docs/loopforge.schema.json",
    );
  });

  test("describes every setting, and takes what the parser takes", () => {
    const validate = new Ajv({ strict: false }).compile(SCHEMA);
    for (const example of examples) expect(validate(parse(example)), example).toBe(true);
    fc.assert(fc.property(anySettings, (settings) => validate(settings)));
    for (const wrong of ["mod: x", "ci: {requird: true}", "hooks: ['a b']", "links: {branches: [x]}", "mode: all"]) {
      expect(validate(parse(wrong)), wrong).toBe(false);
      expect(parseConfiguration(wrong, "organization").ok, wrong).toBe(false);
    }
    for (const path of [...SETTING_PATHS, "locked"]) {
      const [section = "", name] = path.split(".");
      const schema = FILES.organization.shape[section as "ci"].unwrap();
      const setting: unknown = name === undefined ? schema : schema.shape[name as "required"].unwrap();
      expect(z.globalRegistry.get(setting as z.ZodType)?.description, path).toMatch(/\.$/);
    }
  });
});

describe("docs/configuration.md", () => {
  test("has a full example, which says something of every setting, and can be used", () => {
    const parsed = parseConfiguration(examples[0] ?? "", "repository");
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    for (const path of SETTING_PATHS) expect(valueAt(parsed.settings, path), path).toBeDefined();
  });

  test("has an example of the organisation's file, which can be used", () => {
    const parsed = parseConfiguration(examples[1] ?? "", "organization");
    expect(parsed).toMatchObject({ ok: true, settings: { locked: ["mode", "approvals.required", "ci"] } });
  });

  test("shows every setting with its default in the table", () => {
    const rows = [...page.matchAll(/^\| `([\w.]+)` \|.*\| ([^|]*) \|$/gm)].map(([, path = "", value = ""]) => [
      path,
      value,
    ]);
    expect(rows.map(([path]) => path)).toEqual([...SETTING_PATHS, "locked"]);
    const shown = Object.fromEntries(rows) as Record<string, string>;
    const inWords = ["hooks", "gates", "justify"];
    for (const path of SETTING_PATHS.filter((name) => !inWords.includes(name))) {
      expect(parse(shown[path]?.replaceAll("`", "") ?? ""), path).toEqual(valueAt(DEFAULT_CONFIGURATION, path));
    }
  });

  test("shows a refusal as it is worded", () => {
    const [, line, message] = /loopforge\.yml:(\d+) {2}(.*)/.exec(page) ?? [];
    const parsed = parseConfiguration("mode: observe\nci:\n  requird: true\n", "repository");
    expect(parsed).toMatchObject({ problems: [{ line: Number(line), message }] });
  });
});
