import { request } from "undici";
import type { Delivery } from "../../src/sandbox/index.js";

/** Posts deliveries as GitHub does, and again, as its redelivery would, until each is answered 2xx. */
export class ProofClient {
  /** GUIDs of what was answered 2xx, with what was said. */
  readonly acknowledged = new Map<string, string>();
  /** How long each of these answers took, in milliseconds. */
  readonly latencies: number[] = [];
  /** How often a delivery was not answered so. */
  refused = 0;
  readonly #target: () => Promise<string>;
  readonly #onAcknowledged: () => void;

  /** @param target where the server is; while there is none, it does not resolve */
  constructor(target: () => Promise<string>, onAcknowledged: () => void = () => undefined) {
    this.#target = target;
    this.#onAcknowledged = onAcknowledged;
  }

  /** @returns what the server said: `stored`, `duplicate` where an answer was lost before, or `ignored` */
  async post({ guid, headers, body }: Delivery): Promise<string> {
    for (;;) {
      const url = await this.#target();
      const begin = performance.now();
      const said = await answerTo(url, headers, body);
      if (said === null) {
        this.refused += 1;
        continue;
      }
      this.latencies.push(performance.now() - begin);
      this.acknowledged.set(guid, said);
      this.#onAcknowledged();
      return said;
    }
  }
}

async function answerTo(url: string, headers: Delivery["headers"], body: string): Promise<string | null> {
  try {
    const answer = await request(url, { method: "POST", headers: { ...headers }, body });
    const said = (await answer.body.json()) as { readonly status?: string };
    return answer.statusCode >= 200 && answer.statusCode < 300 ? String(said.status) : null;
  } catch {
    return null;
  }
}
