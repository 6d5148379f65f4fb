/** Every contract suite on the memory fakes. */
import { memoryCapacity } from "../../services/adapters/memory/capacity.ts";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { type BatchStep, scriptedBatches } from "../../services/adapters/memory/scripted-batches.ts";
import { ask, say, scriptedModel } from "../../services/adapters/memory/scripted-model.ts";
import { seededChance } from "../../services/adapters/memory/seeded-chance.ts";
import { stopSwitch } from "../../services/adapters/memory/stop-switch.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import type { ParentChannel } from "../../services/adapters/system/parent-asks.ts";
import { parentCapacity } from "../../services/adapters/system/parent-capacity.ts";
import type { CapacityAsk } from "../../services/contract/parent-capacity.ts";
import { answerCapacity } from "../../services/local/answer-capacity.ts";
import { WorkerPool } from "../../services/local/worker-pool.ts";
import { backlogStoreContract } from "./backlog-store.contract.ts";
import { batchModelContract } from "./batch-model.contract.ts";
import { batchStoreContract } from "./batch-store.contract.ts";
import { budgetStoreContract } from "./budget-store.contract.ts";
import { capacityContract } from "./capacity.contract.ts";
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
import { scalingStoresContract } from "./scaling-stores.contract.ts";
import { stopSourceContract } from "./stop-source.contract.ts";

const aWorld = () => memoryWorld({ clock: manualClock(suiteTimeMs) });
const dispose = async () => {};

/** The channel between a process and its supervisor, which copies what it carries. */
function twoWay(answer: (message: unknown) => Promise<unknown>): ParentChannel<CapacityAsk> {
  const listeners: ((message: unknown) => void)[] = [];
  return {
    send: (message) =>
      void answer(structuredClone(message)).then((said) => {
        for (const listener of listeners) listener(structuredClone(said));
      }),
    on: (_event, listener) => listeners.push(listener),
  };
}

runStoreContract("memory", async () => {
  const { runs, faults } = aWorld();
  const spoil = async (id: string) => void faults.spoilt.add(id);
  return { port: runs, dispose, loseAnswer: () => faults.failNext("runs.write", "lost-answer"), spoil };
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
for (const pool of ["spot", "fargate", "local"] as const)
  capacityContract(`memory, ${pool}`, async () => {
    const clock = manualClock(suiteTimeMs);
    const { faults } = memoryWorld({ clock });
    const port = memoryCapacity(faults, clock, { pools: { [pool]: { min: 1, max: 5, desired: 1 } } });
    port.resize(pool, { launchMs: 30_000 });
    const troubles = {
      "no-capacity": { kind: "drought", room: 0 },
      partial: { kind: "drought", room: 1 },
      quota: { kind: "quota" },
      throttled: { kind: "throttled" },
      unseen: { kind: "unseen" },
    } as const;
    const trouble = (kind?: keyof typeof troubles) => port.trouble(pool, kind && troubles[kind]);
    return { port, pool, dispose, settle: () => clock.advance(30_000), trouble };
  });
capacityContract("worker processes of a supervisor", async () => {
  let processes = 0;
  const pool = new WorkerPool({
    ...{ min: 1, max: 5, clock: manualClock(suiteTimeMs) },
    start: () => ({ workerId: `w_0000000${++processes}`, sinceMs: suiteTimeMs, stop: async () => undefined }),
  });
  const port = parentCapacity(
    twoWay((message) => answerCapacity(pool, message)),
    manualClock(suiteTimeMs),
  );
  return { port, pool: "local", dispose, settle: async () => undefined };
});
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
scalingStoresContract("memory", async () => ({ port: aWorld().scalingStores, dispose }));
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
