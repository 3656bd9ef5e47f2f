import { Command, Option } from "commander";
import type { DeliveryInfo, DeliveryStatus } from "../inbox/inbox.js";
import { openInbox } from "../inbox/open.js";
import { positive } from "./list.js";
import { type Output, printJson, printTable, shortTime } from "./output.js";
import { inboxOption, mustExist } from "./with-store.js";

interface Options {
  readonly inbox: string;
  readonly status?: DeliveryStatus;
  readonly failed?: boolean;
  readonly limit: number;
  readonly json?: boolean;
}

export function inboxCommand(output: Output): Command {
  return new Command("inbox").description("look into the durable inbox").addCommand(
    new Command("list")
      .description("list deliveries, the newest first")
      .addOption(inboxOption())
      .addOption(new Option("--status <status>", "only these").choices(["waiting", "leased", "done", "failed"]))
      .option("--failed", "only those that were set aside, with the reason")
      .option("--limit <n>", "at most so many", positive, 100)
      .option("--json", "an array of deliveries, without their payloads")
      .addHelpText("after", EXAMPLES)
      .action((options: Options) => list(options, output)),
  );
}

const EXAMPLES = `
Examples:
  loopforge inbox list --failed
  loopforge inbox list --status waiting --json`;

async function list({ inbox: url, status, failed, limit, json }: Options, output: Output): Promise<void> {
  mustExist(url, "LOOPFORGE_INBOX", "--inbox");
  const inbox = await openInbox(url);
  try {
    const only = failed ? "failed" : status;
    const { items } = await inbox.list({ limit, ...(only ? { status: only } : {}) });
    if (json) return printJson(output, items.map(atRest));
    if (items.length === 0) return output.out("No deliveries.\n");
    printTable(output, ["DELIVERY", "EVENT", "STATUS", "TRIES", "RECEIVED (UTC)", "REASON"], items.map(row));
  } finally {
    await inbox.close();
  }
}

function atRest(info: DeliveryInfo): object {
  return {
    guid: info.guid,
    event: info.event,
    action: info.action,
    key: info.key,
    status: info.status,
    attempt: info.attempt,
    received_at: info.receivedAt,
    due_at: info.dueAt,
    ended_at: info.endedAt,
    error: info.error,
    payload_sha256: info.payloadSha256,
  } satisfies { [Field in keyof DeliveryInfo as SnakeField<Field>]: unknown };
}

type SnakeField<Field extends string> = Field extends `${infer Head}At`
  ? `${Head}_at`
  : Field extends "payloadSha256"
    ? "payload_sha256"
    : Field;

function row(info: DeliveryInfo): readonly string[] {
  const event = info.action === null ? info.event : `${info.event}.${info.action}`;
  return [
    info.guid,
    event,
    info.status,
    String(info.attempt),
    shortTime(info.receivedAt),
    (info.error ?? "").slice(0, 100),
  ];
}
