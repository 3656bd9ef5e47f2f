import type { DeliveryInfo, HeldUpBy } from "../inbox/inbox.js";
import { type Output, paint, printable, shortTime } from "./output.js";

/** A delivery as machines read it: without its payload. */
export function atRest(info: DeliveryInfo): object {
  return {
    guid: info.guid,
    event: info.event,
    action: info.action,
    key: info.key,
    status: info.status,
    attempt: info.attempt,
    held_up_by: info.heldUpBy,
    received_at: info.receivedAt,
    due_at: info.dueAt,
    ended_at: info.endedAt,
    error: info.error,
    payload_sha256: info.payloadSha256,
  } satisfies { [Field in keyof DeliveryInfo as SnakeField<Field>]: unknown };
}

interface SnakeNames {
  readonly payloadSha256: "payload_sha256";
  readonly heldUpBy: "held_up_by";
}

type SnakeField<Field extends string> = Field extends `${infer Head}At`
  ? `${Head}_at`
  : Field extends keyof SnakeNames
    ? SnakeNames[Field]
    : Field;

export const DELIVERY_COLUMNS = ["DELIVERY", "EVENT", "STATUS", "TRIES", "RECEIVED (UTC)", "REASON"] as const;

export function deliveryRow(info: DeliveryInfo): readonly string[] {
  return [
    info.guid,
    eventOf(info),
    statusOf(info),
    String(info.attempt),
    shortTime(info.receivedAt),
    reasonOf(info).slice(0, 100),
  ];
}

/** One delivery, a line for each thing that is known of it, and its payload where that was asked for. */
export function printDelivery(
  output: Output,
  delivery: DeliveryInfo & { readonly body: string | null },
  withBody: boolean,
): void {
  // By itself, so that it can be written to a file; a terminal is spared what would drive it.
  if (withBody) {
    const body = delivery.body ?? "";
    output.out(output.isTerminal ? `${printable(body)}\n` : body);
    return;
  }
  const lines: readonly (readonly [string, string | null])[] = [
    ["event", eventOf(delivery)],
    ["status", statusOf(delivery)],
    ["tries", String(delivery.attempt)],
    ["received", moment(delivery.receivedAt)],
    ["due", moment(delivery.dueAt)],
    ["ended", moment(delivery.endedAt)],
    ["turn with", delivery.key],
    ["payload", `sha256 ${delivery.payloadSha256}${delivery.body === null ? ", not kept any more" : ""}`],
    ["held by", delivery.heldUpBy && HELD_UP_BY[delivery.heldUpBy]],
    ["reason", delivery.error],
  ];
  output.out(`${paint(output, "bold", printable(delivery.guid))}\n`);
  for (const [name, value] of lines) {
    if (value !== null) output.out(`${paint(output, "dim", name.padEnd(9))} ${printable(value)}\n`);
  }
}

/** What holds a delivery up, as a person calls it. */
const HELD_UP_BY = {
  github: "GitHub",
  github_limits: "GitHub's limits",
  network: "the network",
  store: "the store",
  inbox: "the inbox",
} as const satisfies { readonly [By in HeldUpBy]: string };

function statusOf({ status, heldUpBy }: DeliveryInfo): string {
  return status === "waiting" && heldUpBy !== null ? "held up" : status;
}

function reasonOf({ heldUpBy, error }: DeliveryInfo): string {
  return heldUpBy === null ? (error ?? "") : `${HELD_UP_BY[heldUpBy]}: ${error ?? ""}`;
}

function eventOf({ event, action }: DeliveryInfo): string {
  return action === null ? event : `${event}.${action}`;
}

function moment(at: string | null): string | null {
  return at === null ? null : `${shortTime(at)} UTC`;
}
