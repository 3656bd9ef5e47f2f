import { existsSync } from "node:fs";
import { Command } from "commander";
import { examine } from "../doctor/examine.js";
import type { Finding } from "../doctor/finding.js";
import { type Output, paint, printJson, printTable } from "./output.js";

export function doctorCommand(output: Output, fail: () => void): Command {
  return new Command("doctor")
    .description("check credentials, permissions, webhook, clock, store and inbox; exit code 1 when something fails")
    .option("--json", "an array of findings")
    .addHelpText("after", EXAMPLES)
    .action(async ({ json }: { readonly json?: boolean }) => {
      if (existsSync(".env")) process.loadEnvFile(".env");
      const findings = await examine({ env: process.env, clock: () => new Date() });
      if (json) printJson(output, findings);
      else print(findings, output);
      if (findings.some(({ status }) => status === "fail")) fail();
    });
}

const EXAMPLES = `
It reads the same variables as loopforge serve, and changes nothing. The records and the inbox may be in use meanwhile.

Examples:
  loopforge doctor
  LOOPFORGE_STORE=dynamodb:loopforge-prod loopforge doctor --json`;

const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

function print(findings: readonly Finding[], output: Output): void {
  const rows = findings.map(({ check, status, message, advice }) => [
    check,
    paint(output, COLOURS[status], status),
    advice === undefined ? message : `${message}\n→ ${advice}`,
  ]);
  printTable(output, ["CHECK", "", "FOUND"], rows);
}
