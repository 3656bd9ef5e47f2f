import { Command, Option } from "commander";
import { LoopForgeError } from "../core/index.js";
import type { DeliveryInfo, DeliveryStatus, Inbox, InboxPage } from "../inbox/inbox.js";
import { openInbox } from "../inbox/open.js";
import { atRest, DELIVERY_COLUMNS, deliveryRow, printDelivery } from "./inbox-view.js";
import { positive } from "./list.js";
import { type Output, printJson, printTable } from "./output.js";
import { inboxOption, mustExist } from "./with-store.js";

export function inboxCommand(output: Output): Command {
  return new Command("inbox")
    .description("look into the durable inbox, and settle what was set aside")
    .addCommand(listDeliveries(output))
    .addCommand(showDelivery(output))
    .addCommand(
      settle(output, {
        ...{ name: "retry", done: "retried", description: "work deliveries (again) that were set aside or wait" },
        act: (inbox, guid) => inbox.retryNow(guid),
        failed: "every one that was set aside",
        examples: ["retry 72d3162e-cc78-11e3-81ab-4c9367dc0958", "retry --failed"],
      }),
    )
    .addCommand(
      settle(output, {
        ...{ name: "drop", done: "dropped", description: "forget deliveries that were set aside or wait, for good" },
        act: (inbox, guid) => inbox.drop(guid),
        failed: "every one that was set aside; needs --yes",
        needsYes: true,
        examples: ["drop 72d3162e-cc78-11e3-81ab-4c9367dc0958", "drop --failed --yes"],
      }),
    );
}

function listDeliveries(output: Output): Command {
  interface Options {
    readonly inbox: string;
    readonly status?: DeliveryStatus;
    readonly failed?: boolean;
    readonly heldUp?: boolean;
    readonly limit: number;
    readonly json?: boolean;
  }
  return new Command("list")
    .description("list deliveries, the newest first")
    .addOption(inboxOption())
    .addOption(new Option("--status <status>", "only these").choices(["waiting", "leased", "done", "failed"]))
    .option("--failed", "only those that were set aside, with the reason")
    .option("--held-up", "only those that something else holds up, and what that is; they go on by themselves")
    .option("--limit <n>", "at most so many", positive, 100)
    .option("--json", "an array of deliveries, without their payloads")
    .addHelpText("after", examples("list --failed", "list --held-up", "list --status waiting --json"))
    .action(({ inbox: url, status, failed, heldUp: isHeldUp, limit, json }: Options) =>
      withInbox(url, async (inbox) => {
        const only = failed ? "failed" : status;
        const { items, cursor } = isHeldUp
          ? await heldUp(inbox, limit)
          : await inbox.list({ limit, ...(only ? { status: only } : {}) });
        if (json) return printJson(output, items.map(atRest));
        if (items.length === 0) return output.out("No deliveries.\n");
        printTable(output, DELIVERY_COLUMNS, items.map(deliveryRow));
        if (cursor !== null) output.err(`Showing the newest ${limit}; --limit shows more.\n`);
      }),
    );
}

function showDelivery(output: Output): Command {
  interface Options {
    readonly inbox: string;
    readonly body?: boolean;
    readonly json?: boolean;
  }
  return new Command("show")
    .description("show one delivery: what it is, where it stands, and why")
    .argument("<guid>", "its GUID, as GitHub and the log have it")
    .addOption(inboxOption())
    .option("--body", "its payload as well, which may hold what is nobody else's business")
    .option("--json", "the delivery as an object")
    .addHelpText(
      "after",
      examples(
        "show 72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "show 72d3162e-cc78-11e3-81ab-4c9367dc0958 --body > payload.json",
      ),
    )
    .action((guid: string, { inbox: url, body: withBody = false, json }: Options) =>
      withInbox(url, async (inbox) => {
        const delivery = await inbox.show(guid);
        if (!delivery) throw new LoopForgeError("record_not_found", `The inbox knows no delivery ${guid}`);
        if (json) return printJson(output, { ...atRest(delivery), ...(withBody ? { body: delivery.body } : {}) });
        printDelivery(output, delivery, withBody);
      }),
    );
}

interface Settling {
  readonly name: string;
  readonly description: string;
  readonly act: (inbox: Inbox, guid: string) => Promise<boolean>;
  /** What has become of those on which it acted. */
  readonly done: string;
  readonly failed: string;
  readonly needsYes?: boolean;
  readonly examples: readonly string[];
}

/** A command that ends in the same for each of the deliveries that it is given. */
function settle(output: Output, settling: Settling): Command {
  interface Options {
    readonly inbox: string;
    readonly failed?: boolean;
    readonly yes?: boolean;
    readonly json?: boolean;
  }
  const { name, description, act, done, failed, needsYes = false } = settling;
  const command = new Command(name)
    .description(description)
    .argument("[guids...]", "their GUIDs")
    .addOption(inboxOption())
    .option("--failed", failed)
    .option("--json", "an array that says what became of each")
    .addHelpText("after", examples(...settling.examples));
  if (needsYes) command.option("--yes", "really all of them");
  return command.action((guids: readonly string[], { inbox: url, failed: all = false, yes, json }: Options) =>
    withInbox(url, async (inbox) => {
      if (all === guids.length > 0) throw new LoopForgeError("usage", `Name deliveries to ${name}, or say --failed`);
      if (all && needsYes && !yes) throw new LoopForgeError("usage", `To ${name} all that were set aside, add --yes`);
      const outcomes: { readonly guid: string; readonly outcome: string }[] = [];
      for (const guid of all ? await setAside(inbox) : guids) {
        const outcome = (await act(inbox, guid)) ? done : ((await inbox.show(guid))?.status ?? "unknown");
        outcomes.push({ guid, outcome });
        if (!json) output.out(`${outcome.padEnd(8)} ${guid}\n`);
      }
      if (json) printJson(output, outcomes);
      else if (outcomes.length === 0) output.out("No deliveries.\n");
      const rest = outcomes.filter(({ outcome }) => outcome !== done).length;
      if (rest > 0) throw new LoopForgeError("record_not_found", `${rest} of ${outcomes.length} were not ${done}`);
    }),
  );
}

/** The newest of those that are held up: most of what waits only waits for its turn. */
async function heldUp(inbox: Inbox, limit: number): Promise<InboxPage> {
  const found: DeliveryInfo[] = [];
  let cursor: string | null = null;
  do {
    const page: InboxPage = await inbox.list({ status: "waiting", limit: 500, ...(cursor === null ? {} : { cursor }) });
    found.push(...page.items.filter(({ heldUpBy }) => heldUpBy !== null));
    cursor = page.cursor;
  } while (cursor !== null && found.length < limit);
  return { items: found.slice(0, limit), cursor: found.length > limit ? "more" : cursor };
}

/** Collected first: what is retried may be set aside again while this goes on. */
async function setAside(inbox: Inbox): Promise<readonly string[]> {
  const guids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await inbox.list({ status: "failed", limit: 500, ...(cursor === null ? {} : { cursor }) });
    guids.push(...page.items.map(({ guid }) => guid));
    cursor = page.cursor;
  } while (cursor !== null);
  // The oldest first, as they came.
  return guids.toReversed();
}

async function withInbox(url: string, work: (inbox: Inbox) => Promise<void>): Promise<void> {
  mustExist(url, "LOOPFORGE_INBOX", "--inbox");
  const inbox = await openInbox(url);
  try {
    await work(inbox);
  } finally {
    await inbox.close();
  }
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  loopforge inbox ${line}`).join("\n")}`;
}
