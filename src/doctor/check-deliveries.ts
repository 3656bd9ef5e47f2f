import { newestAttempts } from "../github/catch-up/app-deliveries.js";
import type { DeliveryAttempt } from "../github/catch-up/redelivery-plan.js";
import type { AppClient } from "../github/client/app-octokit.js";
import { SUBSCRIBED } from "../github/events.js";
import { type Finding, findingsOf, reasonOf } from "./finding.js";

const { ok, warn, fail } = findingsOf("deliveries");

/** Whether what GitHub sent of late has arrived: in the end, whatever it took. */
export async function checkDeliveries(app: AppClient): Promise<readonly Finding[]> {
  try {
    const attempts = (await newestAttempts(app)).filter(({ event }) => SUBSCRIBED.has(event));
    const arrived = new Set(attempts.filter(({ succeeded }) => succeeded).map(({ guid }) => guid));
    const missing = new Map<string, DeliveryAttempt>();
    for (const attempt of attempts) {
      if (!arrived.has(attempt.guid) && !missing.has(attempt.guid)) missing.set(attempt.guid, attempt);
    }
    return [judge(arrived.size, [...missing.values()])];
  } catch (error) {
    return [fail(`GitHub does not say what became of them: ${reasonOf(error)}`, "Try again")];
  }
}

/** @param missing the newest first */
function judge(arrived: number, missing: readonly DeliveryAttempt[]): Finding {
  const [newest] = missing;
  if (!newest) return ok(arrived === 0 ? "None yet" : `The last ${arrived} all arrived`);
  const message = `${missing.length} of the last ${arrived + missing.length} did not arrive, the newest (${newest.event}) at ${newest.at}: ${newest.status}`;
  return arrived === 0
    ? fail(message, "GitHub does not reach LoopForge: check the webhook's URL, and what is in front of the server")
    : warn(
        message,
        "LoopForge asks for them again, as long as GitHub keeps them; the server's log says why they failed",
      );
}
