import type { Sandbox } from "../index.js";
import type { Stage } from "./scenario.js";

/**
 * The people and the repository of the scenarios; the same ones when it is set again.
 * @param configuration what is committed as the repository's `.github/loopforge.yml` before the play begins
 */
export function setStage(sandbox: Sandbox, configuration?: string): Stage {
  const repository = sandbox.repository("acme/shop");
  const [alice, bob, admin] = [sandbox.user("alice"), sandbox.user("bob"), sandbox.user("carol")];
  repository.grant(alice, "write");
  repository.grant(bob, "write");
  repository.grant(admin, "admin");
  const ci = sandbox.checksApp("ci");
  if (configuration !== undefined) repository.putFile(".github/loopforge.yml", configuration, { by: admin });
  return { repository, ci, alice, bob, admin };
}
