import { REPORT_EVENT } from "../../src/github/publish/report-job.js";
import type { Inbox } from "../../src/inbox/inbox.js";

/** How many reports that were owed were done: they wait in the inbox like deliveries. */
export async function reportsIn(inbox: Pick<Inbox, "list">): Promise<number> {
  const { items } = await inbox.list({ status: "done", limit: 100_000 });
  return items.filter(({ event }) => event === REPORT_EVENT).length;
}
