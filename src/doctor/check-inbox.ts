import type { Inbox, InboxStats } from "../inbox/inbox.js";
import { openInbox } from "../inbox/open.js";
import { type Finding, findingsOf, reasonOf } from "./finding.js";
import { isMissingFile } from "./missing-file.js";

const { ok, warn, fail } = findingsOf("inbox");

/** A delivery is worked within moments: one that is older waits for something. */
const OLD_MINUTES = 15;

/**
 * Whether deliveries can be taken in, and whether they are worked.
 * @param limit how many unfinished ones there may be
 */
export async function checkInbox(url: string, limit: number, clock: () => Date): Promise<readonly Finding[]> {
  if (isMissingFile(url)) {
    return [warn("Its file is not there yet", "loopforge serve makes it; or name the right one in LOOPFORGE_INBOX")];
  }
  let inbox: Inbox | undefined;
  try {
    inbox = await openInbox(url);
    const findings = judge(await inbox.stats(clock()), limit, clock());
    return findings.length > 0 ? findings : [ok("It answers, and nothing is stuck in it")];
  } catch (error) {
    return [fail(reasonOf(error), "Without it no delivery is accepted: check LOOPFORGE_INBOX and what it names")];
  } finally {
    await inbox?.close();
  }
}

function judge(stats: InboxStats, limit: number, now: Date): readonly Finding[] {
  const { waiting, leased, failed, oldestWaitingAt } = stats;
  const findings: Finding[] = [];
  const minutes = oldestWaitingAt ? Math.floor((now.getTime() - Date.parse(oldestWaitingAt)) / 60_000) : 0;
  if (waiting + leased >= limit) {
    findings.push(
      fail(`It is full: ${waiting + leased} deliveries are unfinished`, "Start loopforge serve to work them"),
    );
  } else if (minutes >= OLD_MINUTES && waiting === 0) {
    // Only where a queue hands on what a table remembers can the two say different things.
    findings.push(
      warn(
        `A delivery has waited for ${minutes} minutes, and no message in the queue leads to it`,
        "Its message is among the dead letters: loopforge inbox list --status waiting names the delivery, and loopforge inbox retry GUID brings it back",
      ),
    );
  } else if (minutes >= OLD_MINUTES) {
    findings.push(
      warn(
        `${waiting} deliveries wait, the oldest for ${minutes} minutes`,
        "See that loopforge serve runs, and why it tries them again: loopforge inbox list --status waiting",
      ),
    );
  }
  if (failed > 0) {
    findings.push(warn(`${failed} deliveries were set aside`, "loopforge inbox list --failed says why"));
  }
  return findings;
}
