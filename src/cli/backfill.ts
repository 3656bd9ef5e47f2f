import { setTimeout } from "node:timers/promises";
import { Command, InvalidArgumentError } from "commander";
import { LoopForgeError } from "../core/index.js";
import { backfill } from "../github/catch-up/backfill.js";
import { octokitsFor } from "../github/client/octokit-for.js";
import { repoNamed } from "../github/repo-named.js";
import { type Output, printJson } from "./output.js";
import { showProgress } from "./progress.js";
import { repoArgument } from "./repo-argument.js";
import { withApp } from "./with-app.js";

interface Options {
  readonly since?: string;
  readonly json?: boolean;
}

export function backfillCommand(output: Output): Command {
  return new Command("backfill")
    .description("build records from a repository's history, with GitHub's own times")
    .argument("<repository>", "owner/name", repoArgument)
    .option("--since <date>", "only what changed since then, such as 2026-01-01", since)
    .option("--json", "counts")
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
        const progress = showProgress("Reading", 1);
        try {
          const run = { parts, octokit, clock: () => new Date(), sleep: setTimeout };
          for await (const { kind, recorded, total } of backfill(run, repo, options.since)) {
            summary[kind === "issue" ? "issues" : "pull_requests"] += 1;
            summary.entries += recorded;
            progress.of(total);
            progress.step();
          }
        } finally {
          progress.stop();
        }
        if (options.json) return printJson(output, summary);
        const { issues, pull_requests: pulls, entries } = summary;
        output.out(`Read ${issues} issues and ${pulls} pull requests of ${repo.name}; recorded ${entries} entries.\n`);
      }),
    );
}

const EXAMPLES = `
It needs the App's credentials (see loopforge serve --help) and writes the store that LOOPFORGE_STORE names. It reports nothing at GitHub and
runs no hooks; an audit log has its entries, too. It leaves the App 500 requests of each hour, and waits where they would be used up. An
interrupted backfill goes on where it stopped when it is started again.

Examples:
  loopforge backfill acme/shop
  loopforge backfill acme/shop --since 2026-01-01`;

function since(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new InvalidArgumentError("It must be a date, such as 2026-01-01.");
  return new Date(time).toISOString();
}
