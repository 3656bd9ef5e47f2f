import type { Issue, PullRequest, Sandbox } from "../../../src/sandbox/index.js";
import { Journal } from "../journal.js";
import { fileOf, type SimulatorOptions } from "../options.js";
import type { Stage } from "./stage.js";

/** The people and the repository of every story, and what was there before it begins. */
export function setStage(
  sandbox: Sandbox,
  clock: () => Date,
  { policy, hasCi }: Pick<SimulatorOptions, "policy" | "hasCi">,
): Omit<Stage, "step"> {
  const repository = sandbox.repository("acme/shop");
  const team = [sandbox.user("alice"), sandbox.user("bob"), sandbox.user("erin")] as const;
  const [admin, writer] = [sandbox.user("carol"), sandbox.user("walter")];
  const outsiders = [sandbox.user("dora"), sandbox.user("mallory")] as const;
  for (const user of [...team, writer]) repository.grant(user, "write");
  repository.grant(admin, "admin");
  const ci = sandbox.checksApp("ci");
  repository.putFile(".github/loopforge.yml", fileOf(policy), { by: admin });
  repository.putFile("dev.txt", "dev\n", { by: admin, branch: "dev" });
  const journal = new Journal(repository, sandbox.app.id, clock);
  journal.setPolicy(policy);
  if (hasCi) repository.reportCheck({ app: ci, sha: repository.headOf(), name: "build", conclusion: "success" });
  journal.notice(admin);
  const openedIn = new Map<Issue | PullRequest, number>();
  return { sandbox, repository, journal, ci, team, admin, writer, outsiders, policy, openedIn };
}
