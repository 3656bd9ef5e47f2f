import { describe, expect, onTestFinished, test, vi } from "vitest";
import { doctorCommand } from "../../src/cli/doctor.js";
import { givenHealthy } from "../doctor/given.js";

/** Runs the command in an environment, as a process that is not on a terminal. */
async function doctor(env: Readonly<Record<string, string | undefined>>, ...args: readonly string[]) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  let out = "";
  let failed = false;
  const write = (text: string) => {
    out += text;
  };
  const command = doctorCommand({ out: write, err: write, isTerminal: false }, () => {
    failed = true;
  });
  await command.parseAsync(args, { from: "user" });
  return { out, failed };
}

describe("given a LoopForge with nothing wrong", () => {
  test("when looked at, then a table of what is ok, and the command succeeds", async () => {
    const { env } = await givenHealthy(new Date().toISOString());
    const { out, failed } = await doctor(env);
    expect(failed).toBe(false);
    expect(out.split("\n")[0]).toMatch(/^CHECK +FOUND$/);
    expect(out).toMatch(/^credentials +ok +GitHub knows this App as LoopForge/m);
    expect(out).not.toMatch(/warn|fail/);
  });

  test("when there are warnings only, then the command succeeds all the same", async () => {
    const { env } = await givenHealthy(new Date().toISOString());
    const { out, failed } = await doctor({ ...env, LOOPFORGE_STORE: "sqlite:nowhere/records.db" });
    expect(failed).toBe(false);
    expect(out).toMatch(/^store +warn +Its file is not there yet\n +→ loopforge serve makes it/m);
  });
});

describe("given something wrong", () => {
  test("when asked for JSON, then an array of findings, and the command fails", async () => {
    const { env } = await givenHealthy(new Date().toISOString());
    const { out, failed } = await doctor({ ...env, APP_ID: "12" }, "--json");
    expect(failed).toBe(true);
    const findings = JSON.parse(out) as readonly object[];
    expect(findings).toContainEqual({
      check: "credentials",
      status: "fail",
      message: expect.any(String),
      advice: expect.any(String),
    });
  });
});
