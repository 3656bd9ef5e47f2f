// Writes to records of its own until it is killed; acknowledges each append, once it is kept, with a line on standard output.
import { openStore } from "../../../src/store/open.js";
import { aNote, aRecord, creation, step } from "../../builders/records.js";

const [url = ""] = process.argv.slice(2);
const store = await openStore(url);

async function write(id: string): Promise<never> {
  const record = aRecord({ id });
  await store.append(creation(record));
  for (let { head } = creation(record), turn = 0; ; turn++) {
    const write = step(head, [aNote({ turn }), aNote()]);
    const { last } = await store.append(write);
    head = write.head;
    // Not by `writeSync`, which fails while the pipe is full; a line that waits acknowledges nothing yet.
    process.stdout.write(`${JSON.stringify({ recordId: id, seq: last })}\n`);
  }
}

await Promise.all([1, 2, 3].map((number) => write(`${process.pid}-${number}`)));
