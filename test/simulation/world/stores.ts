/** The memory adapters of one world, with the checks listening to what is written. */

import { memoryBacklogStore } from "../../../services/adapters/memory/backlog-store.ts";
import { memoryBatchStore } from "../../../services/adapters/memory/batch-store.ts";
import { memoryBudgetStore } from "../../../services/adapters/memory/budget-store.ts";
import { memoryContentStore } from "../../../services/adapters/memory/content-store.ts";
import { faults as noFaults } from "../../../services/adapters/memory/faults.ts";
import { memoryFleetStore } from "../../../services/adapters/memory/fleet-store.ts";
import { memoryHistoryStore } from "../../../services/adapters/memory/history-store.ts";
import { memoryKeyStore } from "../../../services/adapters/memory/key-store.ts";
import { memoryLeaseStore } from "../../../services/adapters/memory/lease-store.ts";
import { memoryLedgerStore } from "../../../services/adapters/memory/ledger-store.ts";
import { memoryLimiterStore } from "../../../services/adapters/memory/limiter-store.ts";
import { memoryMemoStore } from "../../../services/adapters/memory/memo-store.ts";
import { memoryMetricStore } from "../../../services/adapters/memory/metric-store.ts";
import { memoryObjectStore } from "../../../services/adapters/memory/object-store.ts";
import { memoryQueue } from "../../../services/adapters/memory/queue.ts";
import { memoryRunIndex } from "../../../services/adapters/memory/run-index.ts";
import { memoryRunStore } from "../../../services/adapters/memory/run-store.ts";
import { memoryScalingStores } from "../../../services/adapters/memory/scaling-stores.ts";
import type { RunId, WorkerId } from "../../../services/contract/ids.ts";
import type { RunHead } from "../../../services/contract/run.ts";
import type { FleetStore } from "../../../services/ports/fleet-store.ts";
import type { HistoryStore } from "../../../services/ports/history-store.ts";
import type { LeaseStore } from "../../../services/ports/lease-store.ts";
import type { Observer } from "../checks/observer.ts";
import type { Network } from "../engine/network.ts";
import type { SimProcess } from "../engine/sim-process.ts";
import type { Trace } from "../engine/trace.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import type { RunFile, RunFiles } from "./run-file.ts";
import { trueClock } from "./true-clock.ts";

const PAGE_SIZE = 100;

/** What the stores of a world are made of. */
export type StoreParts = {
  readonly time: VirtualTime;
  readonly network: Network;
  readonly files: RunFiles;
  readonly checks: Required<Observer>;
  readonly trace: Trace;
  /** How long the index lags behind the heads; 0 for not at all. */
  indexLagMs(): number;
  /** Whether the process of a worker has ended. */
  isGone(id: WorkerId): boolean;
  /** Who took the lease of the controller under a new epoch. */
  leads(by: SimProcess | undefined): void;
  /** A worker that takes no new run: it says so, or is asked to drain. */
  takesNone(id: WorkerId): void;
};

const told = (head: RunHead): string =>
  `${head.state} epoch ${head.epoch} turn ${head.turn} holder ${head.holder} in doubt ${head.inDoubt} wake ${head.wakeId}${head.reason === undefined ? "" : ` because ${head.reason}`}`;

/** Hears of every head that changes, before the index does. */
function follower(
  { time, network, files, checks, trace, indexLagMs }: StoreParts,
  index: ReturnType<typeof memoryRunIndex>,
) {
  return (id: RunId, head: RunHead | undefined): void => {
    if (head === undefined) return;
    const file = files.of(id);
    const by = network.caller;
    const at = time.nowMs;
    file.tell(() => `${at.toFixed(1)} ${by?.name}: ${told(head)}`);
    trace.note(head.epoch * 64 + head.turn, head.state.length, () => `${id} ${told(head)}`);
    checks.head({ file, before: file.head, after: head, by });
    files.moved(file, head);
    const lagMs = indexLagMs();
    if (lagMs === 0) index.follow(id, head);
    else time.after(lagMs, () => index.follow(id, head));
  };
}

/** The history of the memory adapters; deltas are told before they are stored. */
function observedHistory(history: HistoryStore, { files, checks }: StoreParts): HistoryStore {
  const about = (id: RunId): RunFile => files.of(id);
  return {
    ...history,
    putDelta: (delta) => {
      checks.delta(about(delta.runId), delta);
      return history.putDelta(delta);
    },
  };
}

/** The fleet of the memory adapters; beats and burials are told once they are stored. */
function observedFleet(fleet: FleetStore, { time, network, checks, isGone, takesNone }: StoreParts): FleetStore {
  return {
    ...fleet,
    beat: async (beat, handled) => {
      if (beat.mode !== "STARTING" && beat.mode !== "RUNNING") takesNone(beat.workerId);
      const by = network.caller;
      const outcome = await fleet.beat(beat, handled);
      if (by !== undefined && outcome.kind === "alive" && outcome.drainByMs !== undefined)
        by.stopByMs = Math.min(by.stopByMs, outcome.drainByMs);
      if (outcome.kind === "alive") checks.beatStored(beat.workerId, time.nowMs);
      return outcome;
    },
    requestDrain: (id, byMs) => {
      takesNone(id);
      return fleet.requestDrain(id, byMs);
    },
    bury: async (id, seen, nowMs) => {
      const isBuried = await fleet.bury(id, seen, nowMs);
      if (isBuried) checks.buried(id, time.nowMs, isGone(id));
      return isBuried;
    },
  };
}

/** The lease of the memory adapters; who takes it is told. */
function observedLeases(leases: LeaseStore, { network, leads }: StoreParts): LeaseStore {
  return {
    ...leases,
    replace: (next, over) => {
      const by = network.caller;
      const replaced = leases.replace(next, over);
      if (next.epoch !== over?.epoch) void replaced.then((isTaken) => isTaken && leads(by));
      return replaced;
    },
  };
}

/** The stores of one world. */
export function worldStores(parts: StoreParts) {
  const none = noFaults();
  const clock = trueClock(parts.time);
  const index = memoryRunIndex(none, PAGE_SIZE);
  return {
    // The checks look at every head as a whole, so the adapter's own parse is left out: it is a third of a simulation.
    runs: memoryRunStore(none, { follow: follower(parts, index) }, (head) => head),
    index,
    history: observedHistory(memoryHistoryStore(none), parts),
    contents: memoryContentStore(none, clock),
    objects: memoryObjectStore(none),
    fleet: observedFleet(memoryFleetStore(none, clock), parts),
    keys: memoryKeyStore(none),
    backlog: memoryBacklogStore(none),
    metrics: memoryMetricStore(none),
    ledger: memoryLedgerStore(none),
    limiter: memoryLimiterStore(none, clock),
    memo: memoryMemoStore(none),
    batches: memoryBatchStore(none),
    budgets: memoryBudgetStore(none),
    queue: memoryQueue(none, clock),
    leases: observedLeases(memoryLeaseStore(none), parts),
    scaling: memoryScalingStores(none),
  };
}

export type WorldStores = ReturnType<typeof worldStores>;
