// A LoopForge server in a process of its own, which a proof kills. It loads, waits to be told its settings, and then serves.
import { writeHeapSnapshot } from "node:v8";
import { createLog } from "../../src/server/log.js";
import { type RunningServer, startServer } from "../../src/server/server.js";
import type { Memory, Question } from "./proof-process.js";

let server: RunningServer | null = null;
process.on("message", (question: Question) => {
  void answer(question).then((reply) => process.send?.(reply));
});

async function answer(question: Question): Promise<object> {
  switch (question.ask) {
    case "serve": {
      const { config, throttle } = question;
      server = await startServer({ config, log: createLog(config.logLevel), throttle });
      return { url: server.webhookUrl };
    }
    case "idle":
      await server?.idle();
      return {};
    case "memory": {
      globalThis.gc?.();
      return { heap: process.memoryUsage().heapUsed, peak: process.resourceUsage().maxRSS * 1024 } satisfies Memory;
    }
    case "snapshot":
      writeHeapSnapshot(question.file);
      return {};
  }
}
