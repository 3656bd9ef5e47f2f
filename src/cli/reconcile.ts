import { Command } from "commander";
import { type Finding, reconcile } from "../github/catch-up/reconcile.js";
import { octokitsFor } from "../github/client/octokit-for.js";
import { type Output, paint, printable, printJson } from "./output.js";
import { showProgress } from "./progress.js";
import { reasonOf } from "./reason.js";
import { repoArgument } from "./repo-argument.js";
import { withApp } from "./with-app.js";

export function reconcileCommand(output: Output, fail: () => void): Command {
  return new Command("reconcile")
    .description("compare every open record with GitHub, and record what was missed")
    .argument("[repository]", "only this one, as owner/name", repoArgument)
    .option("--json", "an array of what was found")
    .addHelpText("after", EXAMPLES)
    .action((repository: string | undefined, { json }: { readonly json?: boolean }) =>
      withApp(async ({ parts, github }) => {
        const progress = showProgress("Comparing", null);
        const findings: Finding[] = [];
        const options = { parts, octokitFor: octokitsFor(github), clock: () => new Date() };
        try {
          for await (const finding of reconcile(options, repository)) {
            findings.push(finding);
            progress.step();
          }
        } finally {
          progress.stop();
        }
        if (json) printJson(output, findings.map(atRest));
        else print(output, findings);
        if (findings.some(({ found }) => found === "unreachable" || found === "failed")) fail();
      }),
    );
}

const EXAMPLES = `
It needs the App's credentials (see loopforge serve --help) and repairs the store that LOOPFORGE_STORE names. A server may run meanwhile.
The hooks and gates of LOOPFORGE_CONFIG run as they do on a server.
Exit code 1: GitHub does not show some of the records to the App any more, or some could not be compared, and it says why: try those again.

Examples:
  loopforge reconcile
  loopforge reconcile acme/shop --json`;

function atRest(finding: Finding): object {
  if (finding.found !== "failed") {
    const { recordId, ...rest } = finding;
    return { record_id: recordId, ...rest };
  }
  const { recordId, ref, found, error } = finding;
  return { record_id: recordId, ref, found, reason: reasonOf(error) };
}

function print(output: Output, findings: readonly Finding[]): void {
  for (const finding of findings) {
    if (finding.found !== "in_step") output.out(`${line(finding, output)}\n`);
  }
  const count = (found: Finding["found"]) => findings.filter((finding) => finding.found === found).length;
  const words = [`${count("in_step")} in step`, `${count("repaired")} repaired`, `${count("adopted")} taken in`];
  if (count("unreachable") > 0) words.push(paint(output, "red", `${count("unreachable")} not shown by GitHub`));
  if (count("failed") > 0) words.push(paint(output, "red", `${count("failed")} failed`));
  output.out(`Compared ${findings.length}: ${words.join(", ")}.\n`);
}

function line(finding: Finding, output: Output): string {
  const where = [finding.ref, finding.recordId ?? "no record"].map(printable).join("  ");
  if (finding.found === "failed") return `${paint(output, "red", "✗")} ${where}  ${printable(reasonOf(finding.error))}`;
  const { found, before, after, recorded } = finding;
  const move = before === after ? after : `${before ?? "unknown"} → ${paint(output, "bold", after)}`;
  if (found === "unreachable") return `${paint(output, "red", "✗")} ${where}  ${after}: GitHub does not show it`;
  return `${paint(output, "green", "✓")} ${where}  ${move}, ${recorded} ${recorded === 1 ? "entry" : "entries"}`;
}
