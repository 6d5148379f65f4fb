/** What a worker is made of: ports, the agents it knows, its own settings. */
import type { BudgetDefaults } from "../contract/budgets.ts";
import type { Place } from "../contract/fleet.ts";
import type { Pool, WorkerId } from "../contract/ids.ts";
import type { SavingName } from "../contract/savings.ts";
import type { RateSettings } from "../core/rate-control.ts";
import type { Agents } from "../ports/agents.ts";
import type { BacklogStore } from "../ports/backlog-store.ts";
import type { BatchModel } from "../ports/batch-model.ts";
import type { BatchStore } from "../ports/batch-store.ts";
import type { BudgetStore } from "../ports/budget-store.ts";
import type { Chance, Clock } from "../ports/clock.ts";
import type { ContentStore } from "../ports/content-store.ts";
import type { CpuGauge } from "../ports/cpu-gauge.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { FleetStore } from "../ports/fleet-store.ts";
import type { HistoryStore } from "../ports/history-store.ts";
import type { LedgerStore } from "../ports/ledger-store.ts";
import type { LimiterStore } from "../ports/limiter-store.ts";
import type { MemoStore } from "../ports/memo-store.ts";
import type { MemoryGauge } from "../ports/memory-gauge.ts";
import type { Model } from "../ports/model.ts";
import type { ObjectStore } from "../ports/object-store.ts";
import type { Queue } from "../ports/queue.ts";
import type { RunIndex } from "../ports/run-index.ts";
import type { RunStore } from "../ports/run-store.ts";
import type { ScalingMemory } from "../ports/scaling-stores.ts";
import type { TaskProtection } from "../ports/task-protection.ts";

/** The ports that a worker works with. */
export type WorkerDeps = {
  readonly runs: RunStore;
  readonly index: RunIndex;
  readonly history: HistoryStore;
  readonly contents: ContentStore;
  readonly objects: ObjectStore;
  readonly fleet: FleetStore;
  /** Where the fleet's active runs by tenant are read; without it a cap holds for this worker alone. */
  readonly backlog?: BacklogStore | undefined;
  /** Where the books of costs are kept; without it nobody keeps any. */
  readonly ledger?: LedgerStore | undefined;
  readonly limiter: LimiterStore;
  readonly budgets: BudgetStore;
  readonly memo: MemoStore;
  readonly batches: BatchStore;
  /** Absent where the backend has no batches: runs that may wait call like the others. */
  readonly batchModel?: BatchModel | undefined;
  /** Where it is kept which machines leave; absent where nobody scales. */
  readonly scalingStores?: { readonly memory: Pick<ScalingMemory, "state"> } | undefined;
  readonly queue: Queue;
  readonly model: Model;
  /** Absent where no scale-in looks at the task. */
  readonly protection?: TaskProtection | undefined;
  /** Absent where the machine is not ours alone: slots open whatever others take of it. */
  readonly memory?: MemoryGauge | undefined;
  /** Absent where nobody measures: its beats do not say how busy it is. */
  readonly cpu?: CpuGauge | undefined;
  readonly agents: Agents;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly events: EventSink;
};

/** What one worker process is told at its start. */
export type WorkerSettings = {
  readonly workerId: WorkerId;
  readonly pool: Pool;
  readonly slots: number;
  /** Active runs of one tenant in the fleet, about; absent: no cap. */
  readonly tenantActiveMax?: number | undefined;
  readonly receiveWaitMs: number;
  readonly visibilityMs: number;
  readonly host: string;
  readonly version: string;
  /** Absent where nothing says on which machine or in which task it runs. */
  readonly place?: Place | undefined;
  readonly rate: RateSettings;
  /** Budgets of tenants and of the fleet until the operator sets others; absent: none. */
  readonly budgets?: BudgetDefaults | undefined;
  /** Savings that are not wanted; absent: all are in use. */
  /** Batches: how long turns are collected, and the first wait for a batch; the limits when absent. */
  readonly batchCollectMs?: number | undefined;
  readonly batchPollMs?: number | undefined;
  readonly savingsOff?: readonly SavingName[] | undefined;
};
