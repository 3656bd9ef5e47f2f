import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { type Dispatcher, request as send } from "undici";
import type { Random } from "./proof-random.js";

/** A request on its way. */
interface Exchange {
  readonly response: ServerResponse;
  /** Lets it through. @returns an answer that nobody has been told yet */
  readonly carryOut: () => Promise<Answer>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** How long a connection is held before it is cut, in milliseconds. */
const HELD_MS = 100;

/**
 * Most are over at once. The last two say nothing of when to come back, so that a minute is waited: they are the rare ones, or there
 * would be nothing else but waiting.
 */
const FAULTS: readonly { readonly name: string; readonly weight: number; readonly does: (on: Exchange) => unknown }[] =
  [
    { name: "500", weight: 10, does: refuse(500, "Server Error") },
    { name: "502", weight: 10, does: refuse(502, "Bad Gateway") },
    { name: "503", weight: 10, does: refuse(503, "Service Unavailable") },
    { name: "reset", weight: 10, does: reset },
    { name: "held and cut", weight: 10, does: (on) => setTimeout(HELD_MS).then(() => reset(on)) },
    { name: "done, then 502", weight: 10, does: (on) => on.carryOut().then(() => refuse(502, "Bad Gateway")(on)) },
    { name: "done, then reset", weight: 10, does: (on) => on.carryOut().then(() => reset(on)) },
    { name: "403, come back", weight: 5, does: refuse(403, "You have exceeded a secondary rate limit", "1") },
    { name: "429, come back", weight: 5, does: refuse(429, "Too many requests", "1") },
    { name: "403, no word when", weight: 1, does: refuse(403, "You have exceeded a secondary rate limit") },
    { name: "429, no word when", weight: 1, does: refuse(429, "Too many requests") },
  ];

/** The same request goes wrong so often in a row at most: chance alone would have one go wrong as often as it is tried. */
const MAX_IN_A_ROW = 3;

/** How many kinds of fault there are. */
export const FAULT_KINDS = FAULTS.length;

/** GitHub behind a line that fails now and then. */
export interface FaultyLine {
  readonly url: string;
  /** How often each fault came. */
  readonly counts: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** @param share of all requests that go wrong, in [0, 1] */
export async function faultyLine(behind: string, random: Random, share: number): Promise<FaultyLine> {
  const counts = new Map<string, number>();
  const anyFault = dealt(random);
  const inARow = new Map<string, number>();
  const server = createServer((request, response) => {
    const carryOut = () => through(behind, request);
    const what = `${request.method} ${request.url}`;
    const before = inARow.get(what) ?? 0;
    const fault = random.next() < share && before < MAX_IN_A_ROW ? anyFault() : undefined;
    inARow.set(what, fault ? before + 1 : 0);
    if (fault) counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
    const exchange = { response, carryOut };
    void Promise.resolve(fault ? fault.does(exchange) : pass(exchange)).catch(() => response.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    ...{ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, counts },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** As cards are, so that the rare ones come too. */
function dealt(random: Random): () => (typeof FAULTS)[number] | undefined {
  const cards: (typeof FAULTS)[number][] = [];
  return () => {
    if (cards.length === 0) {
      for (const fault of FAULTS) cards.push(...Array<typeof fault>(fault.weight).fill(fault));
    }
    return cards.splice(random.upTo(cards.length) - 1, 1)[0];
  };
}

async function through(behind: string, request: IncomingMessage): Promise<Answer> {
  const { method = "GET", url = "/" } = request;
  const { host: _host, connection: _connection, ...headers } = request.headers;
  const body = await buffer(request);
  const answer = await send(behind + url, {
    ...{ method: method as Dispatcher.HttpMethod, headers },
    ...(body.length > 0 ? { body } : {}),
  });
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) };
}

async function pass({ response, carryOut }: Exchange): Promise<void> {
  const { status, headers, body } = await carryOut();
  const { "transfer-encoding": _encoding, connection: _connection, ...own } = headers;
  for (const [name, value] of Object.entries(own)) if (value !== undefined) response.setHeader(name, value);
  response.writeHead(status, { "content-length": body.length }).end(body);
}

function refuse(status: number, message: string, retryAfter?: string): (on: Exchange) => void {
  return ({ response }) => {
    const wait = retryAfter === undefined ? {} : { "retry-after": retryAfter };
    response.writeHead(status, { "content-type": "application/json", ...wait }).end(JSON.stringify({ message }));
  };
}

function reset({ response }: Exchange): void {
  response.socket?.resetAndDestroy();
}
