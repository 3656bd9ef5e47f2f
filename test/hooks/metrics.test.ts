import { metrics as api, type MeterProvider } from "@opentelemetry/api";
import { describe, expect, it, onTestFinished } from "vitest";
import { type LoopRecord, openEntry, recordId } from "../../src/core/index.js";
import { verdict, verdictMetadata } from "../../src/hooks/gates/gate.js";
import { isolation } from "../../src/hooks/isolation.js";
import { createMetrics, type MetricsOptions } from "../../src/hooks/metrics.js";
import { HookStats } from "../../src/hooks/stats.js";
import { moment } from "../builders/records.js";
import { aStory, givenIsolation, MERGED_RED, QUEUED } from "./given.js";

async function given(options: Partial<MetricsOptions> = {}) {
  const stats = new HookStats();
  const metrics = await createMetrics({ stats, ...options });
  return {
    ...{ stats, metrics },
    tell: (record: LoopRecord, from = 1) => metrics.listen(record, record.entries.slice(from - 1).map(openEntry)),
    /** The page's lines of one measure that say something. */
    async values(name: string) {
      const { body } = await metrics.page();
      return body.split("\n").filter((line) => line.startsWith(name) && !line.endsWith(" 0"));
    },
  };
}

describe("the page for Prometheus", () => {
  it("says of each measure what it is, also before anything happened", async () => {
    const { metrics } = await given();
    const { contentType, body } = await metrics.page();
    expect(contentType).toContain("text/plain");
    expect(body).toContain("# TYPE loopforge_transitions_total counter");
    expect(body).toContain("# TYPE loopforge_time_in_state_seconds histogram");
  });

  it("counts transitions by their states, exceptions by their rules, refusals and verdicts", async () => {
    const { tell, values } = await given();
    const answer = { gate: "security", verdict: verdict("block"), failed: false };
    await tell(
      aStory([
        QUEUED,
        { kind: "rejected", to: "closed", trigger: "hasty" },
        { kind: "verdict", to: null, trigger: "gate.answered", metadata: verdictMetadata(answer) },
        { kind: "note", to: null, trigger: "noted" },
        MERGED_RED,
      ]),
    );
    expect(await values("loopforge_transitions_total")).toEqual([
      'loopforge_transitions_total{from="issue_created",to="task_queued"} 1',
      'loopforge_transitions_total{from="task_queued",to="merged"} 1',
    ]);
    expect(await values("loopforge_exceptions_total")).toEqual([
      'loopforge_exceptions_total{rule="merged_before_ci_passed"} 1',
    ]);
    expect(await values("loopforge_refused")).toEqual(["loopforge_refused_commands_total 1"]);
    expect(await values("loopforge_gate")).toEqual([
      'loopforge_gate_verdicts_total{gate="security",decision="block"} 1',
    ]);
  });

  it("measures how long a state lasted, notes and refusals in between or not", async () => {
    const { tell, values } = await given();
    const note = { kind: "note", to: null, trigger: "noted" } as const;
    await tell(aStory([QUEUED, note, note, MERGED_RED]));
    expect(await values("loopforge_time_in_state_seconds_sum")).toEqual([
      'loopforge_time_in_state_seconds_sum{state="issue_created"} 60',
      'loopforge_time_in_state_seconds_sum{state="task_queued"} 180',
    ]);
  });

  it("asks when a record entered its state that moved before the process began", async () => {
    const asked: unknown[] = [];
    const { tell, values } = await given({
      async enteredAt(...question) {
        asked.push(question);
        return moment(0);
      },
    });
    const story = aStory([QUEUED, MERGED_RED]);
    await tell(story, 2);
    expect(asked).toEqual([["record-7", 2]]);
    expect(await values("loopforge_time_in_state_seconds_count")).toHaveLength(2);
  });

  it.each<{ what: string; enteredAt?: MetricsOptions["enteredAt"] }>([
    { what: "nobody can say" },
    { what: "nobody knows", enteredAt: async () => null },
    { what: "the store fails", enteredAt: () => Promise.reject(new Error("down")) },
    { what: "it was later than it was left", enteredAt: async () => moment(9999) },
  ])("measures nothing where $what", async ({ enteredAt }) => {
    const { tell, values } = await given(enteredAt ? { enteredAt } : {});
    await tell(aStory([QUEUED]), 2);
    expect(await values("loopforge_time_in_state_seconds_count")).toEqual([]);
    expect(await values("loopforge_transitions_total")).toHaveLength(1);
  });

  it("trusts no move that another process may have followed", async () => {
    const asked: number[] = [];
    const { tell, values } = await given({
      async enteredAt(_id, seq) {
        asked.push(seq);
        return moment(90);
      },
    });
    const story = aStory([QUEUED, { kind: "note", to: null, trigger: "noted" }, MERGED_RED]);
    await tell({ ...story, entries: story.entries.slice(0, 2) });
    await tell(story, 4);
    expect(asked).toEqual([4]);
    expect(await values("loopforge_time_in_state_seconds_sum")).toContain(
      'loopforge_time_in_state_seconds_sum{state="task_queued"} 90',
    );
  });

  it("counts nothing twice that it is told twice", async () => {
    const { tell, values } = await given();
    const story = aStory([QUEUED, MERGED_RED]);
    for (let round = 0; round < 3; round++) await tell(story);
    await tell(story, 3);
    expect(await values("loopforge_transitions_total")).toEqual([
      'loopforge_transitions_total{from="issue_created",to="task_queued"} 1',
      'loopforge_transitions_total{from="task_queued",to="merged"} 1',
    ]);
  });

  it("counts how hooks and gates ended, and how long they took", async () => {
    const { stats, values } = await given();
    let ms = 0;
    const options = { ...givenIsolation(), stats, clock: () => new Date(ms) };
    const run = isolation("chat", options);
    await run(() => {
      ms += 2000;
    });
    await run(() => Promise.reject(new Error("broken"))).catch(() => {});
    expect(await values("loopforge_hook_runs_total")).toEqual([
      'loopforge_hook_runs_total{hook="chat",outcome="done"} 1',
      'loopforge_hook_runs_total{hook="chat",outcome="failed"} 1',
    ]);
    expect(await values("loopforge_hook_duration_seconds_sum")).toEqual([
      'loopforge_hook_duration_seconds_sum{hook="chat"} 2',
    ]);
  });

  it("reads the inbox and GitHub's limit when it is asked, and leaves out what it cannot read", async () => {
    let depth: number | null = 3;
    const { values } = await given({
      inboxDepth: () => depth,
      inboxOldestSeconds: async () => 42,
      rateRemaining: () => Promise.reject(new Error("down")),
    });
    expect(await values("loopforge_inbox")).toEqual(["loopforge_inbox_depth 3", "loopforge_inbox_oldest_seconds 42"]);
    expect(await values("loopforge_github_rate_remaining")).toEqual([]);
    depth = null;
    expect(await values("loopforge_inbox_depth")).toEqual([]);
  });

  it("has an end, whatever is written into entries", async () => {
    const { tell, metrics } = await given();
    for (let n = 0; n < 300; n++) {
      const story = aStory([{ ...MERGED_RED, metadata: { rule: `rule ${n}${'"\n}'.repeat(n % 2)}` } }], {
        recordId: recordId(`r${n}`),
      });
      await tell(story, 2);
    }
    const { body } = await metrics.page();
    const rules = body.split("\n").filter((line) => line.startsWith("loopforge_exceptions_total"));
    expect(rules).toHaveLength(101);
    expect(rules.at(-1)).toBe('loopforge_exceptions_total{rule="other"} 200');
    expect(body).not.toMatch(/acme|record-7|p_/);
  });
});

describe("OpenTelemetry", () => {
  it("gets the same, where the process has a meter provider", async () => {
    const { provider, told, gauges } = aMeterProvider();
    api.setGlobalMeterProvider(provider);
    onTestFinished(() => api.disable());
    const { tell, stats } = await given({ inboxDepth: () => 3, rateRemaining: () => null });
    await tell(aStory([QUEUED]));
    stats.record({ hook: "chat", outcome: "timed_out", durationMs: 1500 });
    expect(told).toEqual([
      ["loopforge.transitions", 1, { from: "issue_created", to: "task_queued" }],
      ["loopforge.time_in_state", 60, { state: "issue_created" }],
      ["loopforge.hook_runs", 1, { hook: "chat", outcome: "timed_out" }],
      ["loopforge.hook_duration", 1.5, { hook: "chat" }],
    ]);
    expect(await gauges()).toEqual({ "loopforge.inbox_depth": [3], "loopforge.github_rate_remaining": [] });
  });
});

/** As much of an SDK as is used: it keeps what it is told. */
function aMeterProvider() {
  const told: [string, number, unknown][] = [];
  const callbacks = new Map<string, (result: { observe(value: number): void }) => unknown>();
  const instrument = (name: string) => ({
    add: (value: number, labels: unknown) => void told.push([name, value, labels]),
    record: (value: number, labels: unknown) => void told.push([name, value, labels]),
    addCallback: (callback: (result: { observe(value: number): void }) => unknown) =>
      void callbacks.set(name, callback),
  });
  const meter = { createCounter: instrument, createHistogram: instrument, createObservableGauge: instrument };
  return {
    told,
    provider: { getMeter: () => meter } as unknown as MeterProvider,
    async gauges() {
      const read: Record<string, number[]> = {};
      for (const [name, callback] of callbacks) {
        const values: number[] = [];
        await callback({ observe: (value) => void values.push(value) });
        read[name] = values;
      }
      return read;
    },
  };
}
