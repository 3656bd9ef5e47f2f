import { setTimeout } from "node:timers/promises";
import { Command, InvalidArgumentError } from "commander";
import { LoopForgeError } from "../core/index.js";
import { backfill } from "../github/catch-up/backfill.js";
import { octokitsFor } from "../github/client/octokit-for.js";
import { repoNamed } from "../github/repo-named.js";
import { type Output, printable, printJson } from "./output.js";
import { showProgress } from "./progress.js";
import { reasonOf } from "./reason.js";
import { repoArgument } from "./repo-argument.js";
import { withApp } from "./with-app.js";

interface Options {
  readonly since?: string;
  readonly json?: boolean;
}

interface Failed {
  readonly number: number;
  readonly kind: "issue" | "pull request";
  readonly reason: string;
}

export function backfillCommand(output: Output, fail: () => void): Command {
  return new Command("backfill")
    .description("build records from a repository's history, with GitHub's own times")
    .argument("<repository>", "owner/name", repoArgument)
    .option("--since <date>", "only what changed since then, such as 2026-01-01", since)
    .option("--json", "counts, and what failed")
    .addHelpText("after", EXAMPLES)
    .action((repository: string, options: Options) =>
      withApp(async ({ parts, github }) => {
        const octokit = await octokitsFor(github)({ name: repository });
        const repo = octokit && (await repoNamed(octokit, repository));
        if (!octokit || !repo) {
          throw new LoopForgeError(
            "usage",
            `The App is not installed on ${repository}, or there is no such repository`,
          );
        }
        const summary = { issues: 0, pull_requests: 0, entries: 0 };
        const failed: Failed[] = [];
        const progress = showProgress("Reading", 1);
        try {
          const run = { parts, octokit, clock: () => new Date(), sleep: setTimeout };
          for await (const step of backfill(run, repo, options.since)) {
            const { number, kind, total } = step;
            if (step.found === "read") {
              summary[kind === "issue" ? "issues" : "pull_requests"] += 1;
              summary.entries += step.recorded;
            } else {
              const reason = step.found === "failed" ? reasonOf(step.error) : "GitHub does not show it to the App";
              failed.push({ number, kind, reason });
            }
            progress.of(total);
            progress.step();
          }
        } finally {
          progress.stop();
          // Also where the run does not come to its end.
          for (const { number, reason } of failed) output.err(`✗ ${repo.name}#${number}  ${printable(reason)}\n`);
        }
        if (failed.length > 0) fail();
        if (options.json) return printJson(output, { ...summary, failed });
        const { issues, pull_requests: pulls, entries } = summary;
        const left = failed.length > 0 ? `; ${failed.length} failed` : "";
        output.out(
          `Read ${issues} issues and ${pulls} pull requests of ${repo.name}; recorded ${entries} entries${left}.\n`,
        );
      }),
    );
}

const EXAMPLES = `
It needs the App's credentials (see loopforge serve --help) and writes the store that LOOPFORGE_STORE names. It reports nothing at GitHub and
runs no hooks; an audit log has its entries, too. It leaves the App 500 requests of each hour, and waits where they would be used up. An
interrupted backfill goes on where it stopped when it is started again.
Exit code 1: some could not be read, and it says why: start it again for those, after the App got the permissions it asks for.

Examples:
  loopforge backfill acme/shop
  loopforge backfill acme/shop --since 2026-01-01`;

function since(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError("It must be a date, such as 2026-01-01.");
  return new Date(time).toISOString();
}
