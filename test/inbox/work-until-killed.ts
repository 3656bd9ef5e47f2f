/** A process that puts and works deliveries as fast as it can, and says on stdout what was acknowledged: `put` or `done`, and the GUID. */
import { openInbox } from "../../src/inbox/open.js";
import { delivery, LEASE_MS } from "./deliveries.js";

const inbox = await openInbox(String(process.argv[2]));
let next = 0;

async function put(): Promise<never> {
  for (;;) {
    const guid = `d${next++}`;
    await inbox.put(delivery(guid, { key: `k${next % 7}`, body: guid.repeat(2000) }));
    process.stdout.write(`put ${guid}\n`);
  }
}

async function work(): Promise<never> {
  for (;;) {
    for (const claim of await inbox.claim(4, new Date(), LEASE_MS)) {
      await inbox.done(claim, new Date());
      process.stdout.write(`done ${claim.guid}\n`);
    }
  }
}

await Promise.all([work(), ...Array.from({ length: 8 }, put)]);
