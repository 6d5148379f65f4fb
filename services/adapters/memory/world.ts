import type { BacklogStore } from "../../ports/backlog-store.ts";
import type { BatchStore } from "../../ports/batch-store.ts";
import type { BudgetStore } from "../../ports/budget-store.ts";
import type { Chance, Clock } from "../../ports/clock.ts";
import type { ContentStore } from "../../ports/content-store.ts";
import type { FleetStore } from "../../ports/fleet-store.ts";
import type { HistoryStore } from "../../ports/history-store.ts";
import type { KeyStore } from "../../ports/key-store.ts";
import type { LeaseStore } from "../../ports/lease-store.ts";
import type { LedgerStore } from "../../ports/ledger-store.ts";
import type { LimiterStore } from "../../ports/limiter-store.ts";
import type { MemoStore } from "../../ports/memo-store.ts";
import type { MetricStore } from "../../ports/metric-store.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import type { Queue } from "../../ports/queue.ts";
import type { RunStore } from "../../ports/run-store.ts";
import type { ScalingStores } from "../../ports/scaling-stores.ts";
import { memoryBacklogStore } from "./backlog-store.ts";
import { memoryBatchStore } from "./batch-store.ts";
import { memoryBudgetStore } from "./budget-store.ts";
import { memoryContentStore } from "./content-store.ts";
import { type EventRecorder, eventRecorder } from "./event-recorder.ts";
import { type Faults, faults } from "./faults.ts";
import { memoryFleetStore } from "./fleet-store.ts";
import { memoryHistoryStore } from "./history-store.ts";
import { memoryKeyStore } from "./key-store.ts";
import { memoryLeaseStore } from "./lease-store.ts";
import { memoryLedgerStore } from "./ledger-store.ts";
import { memoryLimiterStore } from "./limiter-store.ts";
import { memoryMemoStore } from "./memo-store.ts";
import { memoryMetricStore } from "./metric-store.ts";
import { memoryObjectStore } from "./object-store.ts";
import { type MemoryQueue, memoryQueue } from "./queue.ts";
import { type MemoryRunIndex, memoryRunIndex } from "./run-index.ts";
import { memoryRunStore } from "./run-store.ts";
import { memoryScalingStores } from "./scaling-stores.ts";
import { type ScriptedBatches, scriptedBatches } from "./scripted-batches.ts";
import { type ScriptedModel, scriptedModel } from "./scripted-model.ts";
import { seededChance } from "./seeded-chance.ts";

/** Everything outside a process: one store, one set of queues, one model, one source of chance, and their faults. */
export type MemoryWorld = {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly runs: RunStore;
  readonly index: MemoryRunIndex;
  readonly history: HistoryStore;
  readonly contents: ContentStore;
  readonly objects: ObjectStore;
  readonly fleet: FleetStore;
  readonly keys: KeyStore;
  readonly backlog: BacklogStore;
  readonly leases: LeaseStore;
  readonly metrics: MetricStore;
  readonly ledger: LedgerStore;
  readonly limiter: LimiterStore;
  readonly memo: MemoStore;
  readonly batches: BatchStore;
  readonly batchModel: ScriptedBatches;
  readonly budgets: BudgetStore;
  readonly scalingStores: ScalingStores;
  readonly queue: MemoryQueue;
  /** Of the same queue. */
  readonly deadLetters: Queue;
  readonly model: ScriptedModel;
  readonly events: EventRecorder;
};

/** Small, so that code which forgets to follow a page fails early. */
const PAGE_SIZE = 10;

/** Ports that share one world: what a run store writes, the index of the same world shows. */
export function memoryWorld(options: {
  readonly clock: Clock;
  readonly seed?: number;
  /** Most entries of one index page. */
  readonly pageSize?: number;
}): MemoryWorld {
  const { clock, seed = 1, pageSize = PAGE_SIZE } = options;
  const injected = faults();
  const index = memoryRunIndex(injected, pageSize);
  const queue = memoryQueue(injected, clock);
  return {
    clock,
    chance: seededChance(seed),
    faults: injected,
    runs: memoryRunStore(injected, index),
    index,
    history: memoryHistoryStore(injected),
    contents: memoryContentStore(injected, clock),
    objects: memoryObjectStore(injected),
    fleet: memoryFleetStore(injected, clock),
    keys: memoryKeyStore(injected),
    backlog: memoryBacklogStore(injected),
    leases: memoryLeaseStore(injected),
    metrics: memoryMetricStore(injected),
    ledger: memoryLedgerStore(injected),
    queue,
    deadLetters: queue.dead,
    limiter: memoryLimiterStore(injected, clock),
    memo: memoryMemoStore(injected),
    batches: memoryBatchStore(injected),
    batchModel: scriptedBatches(clock),
    budgets: memoryBudgetStore(injected),
    scalingStores: memoryScalingStores(injected),
    model: scriptedModel(clock),
    events: eventRecorder(clock),
  };
}
