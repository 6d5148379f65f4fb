/** Every contract suite on the memory fakes. */
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { type BatchStep, scriptedBatches } from "../../services/adapters/memory/scripted-batches.ts";
import { ask, say, scriptedModel } from "../../services/adapters/memory/scripted-model.ts";
import { seededChance } from "../../services/adapters/memory/seeded-chance.ts";
import { stopSwitch } from "../../services/adapters/memory/stop-switch.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { backlogStoreContract } from "./backlog-store.contract.ts";
import { batchModelContract } from "./batch-model.contract.ts";
import { batchStoreContract } from "./batch-store.contract.ts";
import { budgetStoreContract } from "./budget-store.contract.ts";
import { chanceContract } from "./chance.contract.ts";
import { clockContract } from "./clock.contract.ts";
import { contentStoreContract } from "./content-store.contract.ts";
import { eventSinkContract } from "./event-sink.contract.ts";
import { suiteTimeMs } from "./fixture.ts";
import { fleetStoreContract } from "./fleet-store.contract.ts";
import { historyStoreContract } from "./history-store.contract.ts";
import { keyStoreContract } from "./key-store.contract.ts";
import { leaseStoreContract } from "./lease-store.contract.ts";
import { ledgerStoreContract } from "./ledger-store.contract.ts";
import { limiterStoreContract } from "./limiter-store.contract.ts";
import { memoStoreContract } from "./memo-store.contract.ts";
import { metricStoreContract } from "./metric-store.contract.ts";
import { modelContract } from "./model.contract.ts";
import { objectStoreContract } from "./object-store.contract.ts";
import { queueContract } from "./queue.contract.ts";
import { runIndexContract } from "./run-index.contract.ts";
import { runStoreContract } from "./run-store.contract.ts";
import { stopSourceContract } from "./stop-source.contract.ts";

const aWorld = () => memoryWorld({ clock: manualClock(suiteTimeMs) });
const dispose = async () => {};

runStoreContract("memory", async () => {
  const { runs, faults } = aWorld();
  return { port: runs, dispose, loseAnswer: () => faults.failNext("runs.write", "lost-answer") };
});
runIndexContract("memory", async () => {
  const { runs, index } = aWorld();
  return { port: index, runs, dispose };
});
historyStoreContract("memory", async () => ({ port: aWorld().history, dispose }));
contentStoreContract("memory", async () => ({ port: aWorld().contents, dispose }));
objectStoreContract("memory", async () => ({ port: aWorld().objects, dispose }));
keyStoreContract("memory", async () => ({ port: aWorld().keys, dispose }));
metricStoreContract("memory", async () => ({ port: aWorld().metrics, dispose }));
backlogStoreContract("memory", async () => ({ port: aWorld().backlog, dispose }));
leaseStoreContract("memory", async () => ({ port: aWorld().leases, dispose }));
ledgerStoreContract("memory", async () => ({ port: aWorld().ledger, dispose }));
batchModelContract("scripted", async () => {
  const clock = manualClock(suiteTimeMs);
  const batches = scriptedBatches(clock);
  const told = new Map<string, BatchStep>();
  batches.otherwise(({ customId }) => told.get(customId) ?? say("Done."));
  const steps = {
    text: say("Twelve times."),
    tool: ask([{ id: "toolu_1", name: "count", input: { word: "sea" } }]),
    rejected: { kind: "fail", code: "request-rejected", billed: "no" },
  } as const;
  return {
    port: batches,
    dispose,
    nowMs: () => clock.nowMs(),
    prepare: ({ customId }, what) => void told.set(customId, steps[what]),
    loseCreation: () => batches.failNext("create", "lost-answer"),
    ends: () => clock.advance(3_600_000),
  };
});
batchStoreContract("memory", async () => ({ port: aWorld().batches, dispose }));
memoStoreContract("memory", async () => ({ port: aWorld().memo, dispose }));
limiterStoreContract("memory", async () => {
  const { limiter, faults } = aWorld();
  return { port: limiter, dispose, loseAnswer: () => faults.failNext("limiter.book", "lost-answer") };
});
budgetStoreContract("memory", async () => {
  const { budgets, faults } = aWorld();
  return { port: budgets, dispose, loseAnswer: () => faults.failNext("budgets.move", "lost-answer") };
});
fleetStoreContract("memory", async () => ({ port: aWorld().fleet, dispose }));
queueContract("memory", async () => {
  const clock = manualClock(suiteTimeMs);
  const { queue } = memoryWorld({ clock });
  return {
    port: queue,
    dispose,
    advance: (ms) => clock.advance(ms),
    sendRaw: async (lane, body) => queue.sendRaw(lane, body),
  };
});

clockContract("manual", async () => {
  const clock = manualClock(suiteTimeMs);
  return { port: clock, dispose, advance: (ms) => clock.advance(ms) };
});
chanceContract("seeded", () => seededChance(42));
eventSinkContract("recorder", () => {
  const { events } = aWorld();
  return { port: events, seen: () => events.all };
});
stopSourceContract("switch", () => {
  const port = stopSwitch();
  return {
    port,
    trigger: () => port.stop({ source: "test", atMs: suiteTimeMs }),
    listening: () => port.watchers,
  };
});
modelContract("scripted", async () => {
  const clock = manualClock(suiteTimeMs);
  const model = scriptedModel(clock);
  const steps = {
    text: say("The word sea occurs twelve times."),
    tool: ask([{ id: "toolu_1", name: "count", input: { word: "sea" } }]),
    overloaded: { kind: "fail", code: "overloaded", billed: "no" },
    stall: { kind: "stall" },
  } as const;
  return {
    port: model,
    dispose,
    prepare: (request, what) => model.script(request.runId, [steps[what]]),
    idle: () => clock.advance(1_000),
  };
});
