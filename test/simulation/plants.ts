/**
 * Bugs that are planted one at a time: each changes the ports of processes as the bug would change what production code does with
 * them. Nothing of this is in production code; what finds a bug are the checks alone.
 */
import { applyHeadWrite } from "../../services/adapters/memory/apply-head-write.ts";
import { type RunId, wakeId } from "../../services/contract/ids.ts";
import type { HeadWrite } from "../../services/contract/run.ts";
import type { ToolContext } from "../../services/core/agent.ts";
import type { BatchModel } from "../../services/ports/batch-model.ts";
import { booksBugs } from "./books-bugs.ts";
import { crowdBugs } from "./crowd-bugs.ts";
import type { Settled } from "./engine/options.ts";
import type { SimProcess } from "./engine/sim-process.ts";
import { savingsBugs } from "./savings-bugs.ts";
import { scalingBugs } from "./scaling-bugs.ts";
import type { Ports } from "./world/ports.ts";

/** A bug, and the seeds within which the simulation must find it. */
export type Plant = {
  readonly bug: string;
  readonly withinSeeds: number;
  /** What its worlds have in common; 60 runs and whatever the seed draws where nothing is said. */
  readonly settled?: Settled;
  plant?(ports: Ports, process: SimProcess): Ports;
  plantBatches?(batches: BatchModel): BatchModel;
  /** Changes what a tool of a process is given. */
  plantTool?(context: ToolContext, process: SimProcess): ToolContext;
};

/** Changes the head writes of processes. */
const writing =
  (change: (write: HeadWrite, process: SimProcess) => HeadWrite) => (ports: Ports, process: SimProcess) => ({
    ...ports,
    runs: {
      ...ports.runs,
      write: (id: Parameters<Ports["runs"]["write"]>[0], write: HeadWrite) =>
        ports.runs.write(id, change(write, process)),
    },
  });

const isCommit = ({ set }: HeadWrite): boolean => set.turn !== undefined;
const isClaim = ({ set }: HeadWrite): boolean => set.state === "RUNNING";
const isRelease = ({ set }: HeadWrite): boolean => set.state === "QUEUED" && set.epoch === undefined;
const isReclaim = ({ set }: HeadWrite): boolean => set.state === "QUEUED" && set.epoch !== undefined;

/** A guard without some of its fields. */
const without = (write: HeadWrite, ...fields: readonly (keyof HeadWrite["guard"])[]): HeadWrite => ({
  ...write,
  guard: Object.fromEntries(Object.entries(write.guard).filter(([field]) => !fields.some((one) => one === field))),
});

/** What takes runs away from workers, and makes their writes late. */
const DEATHS = ["worker-crash", "worker-pause", "store-answer-lost", "store-write-late"] as const;

const guards: readonly Plant[] = [
  {
    bug: "a worker's writes do not check holder and epoch",
    withinSeeds: 30,
    settled: { faults: DEATHS },
    plant: writing((write, { kind }) =>
      kind === "worker" && !isClaim(write) ? without(write, "holder", "epoch", "state") : write,
    ),
  },
  {
    bug: "the sweep moves runs without a condition",
    withinSeeds: 10,
    settled: {
      faults: ["controller-dead", "two-controllers", "store-slow", "store-write-late", "message-lost", "message-late"],
    },
    plant: writing((write, { kind }) => (kind === "controller" ? { ...write, guard: {} } : write)),
  },
  {
    bug: "a claim does not check that the run is queued",
    withinSeeds: 30,
    plant: writing((write) => (isClaim(write) ? without(write, "state", "wakeId") : write)),
  },
  {
    bug: "a claim does not raise the epoch",
    withinSeeds: 3,
    plant: writing((write) => (isClaim(write) ? { ...write, add: {} } : write)),
  },
  {
    bug: "a reclaim keeps the epoch",
    withinSeeds: 20,
    plant: writing((write) => {
      if (!isReclaim(write)) return write;
      const { epoch: _, ...set } = write.set;
      return { ...write, set };
    }),
  },
  {
    bug: "a commit does not check its turn",
    withinSeeds: 30,
    settled: { calm: 0.05, faults: ["store-write-late", "store-answer-lost"] },
    plant: writing((write) => (isCommit(write) ? without(write, "turn") : write)),
  },
  {
    bug: "a claim without a nonce: a worker takes its other claim of the run for this one",
    withinSeeds: 30,
    settled: { runs: 150, workers: 2, faults: ["message-doubled", "message-late"] },
    plant: (ports, { name }) => ({
      ...ports,
      runs: {
        ...ports.runs,
        write: async (id, write) => {
          const outcome = await ports.runs.write(id, write);
          const { head } = outcome;
          const isMine = isClaim(write) && head?.state === "RUNNING" && head.holder === name;
          return isMine ? { kind: "written", head } : outcome;
        },
      },
    }),
  },
  {
    bug: "a commit counts its turn twice",
    withinSeeds: 3,
    plant: writing((write) =>
      isCommit(write) ? { ...write, set: { ...write.set, turn: (write.set.turn ?? 1) + 1 } } : write,
    ),
  },
];

/** Keeps a commit back until the run's next write, and lets a release go first. */
function releaseFirst(ports: Ports): Ports {
  const kept = new Map<RunId, HeadWrite>();
  const write: Ports["runs"]["write"] = async (id, next) => {
    const commit = kept.get(id);
    kept.delete(id);
    if (commit !== undefined && !isRelease(next)) await ports.runs.write(id, commit);
    const [head] = isCommit(next) && next.set.state === undefined ? await ports.runs.read([id], 0) : [];
    const after = head === undefined ? undefined : applyHeadWrite(head, next);
    if (after !== undefined) {
      kept.set(id, next);
      return { kind: "written", head: after };
    }
    const outcome = await ports.runs.write(id, next);
    if (commit !== undefined && isRelease(next)) await ports.runs.write(id, commit);
    return outcome;
  };
  return { ...ports, runs: { ...ports.runs, write } };
}

const orders: readonly Plant[] = [
  {
    bug: "a release goes before the commit of the turn in flight",
    withinSeeds: 10,
    plant: (ports, { kind }) => (kind === "worker" ? releaseFirst(ports) : ports),
  },
  {
    bug: "the delta is written after the head",
    withinSeeds: 3,
    plant: (ports) => ({
      ...ports,
      history: {
        ...ports.history,
        putDelta: async (delta) => {
          void ports.history.putDelta(delta).catch(() => undefined);
        },
      },
    }),
  },
  {
    bug: "a release does not send its wake-up under a new id",
    withinSeeds: 20,
    plant: writing((write) => {
      if (!isRelease(write)) return write;
      const { wakeId: _, ...set } = write.set;
      return { ...write, set };
    }),
  },
  {
    bug: "a drain marks runs CANCELLED",
    withinSeeds: 20,
    plant: writing((write) => {
      if (!isRelease(write) || write.set.interruptions === undefined) return write;
      const set = { state: "CANCELLED", reason: "cancelled-by-user", endedAtMs: 1, expiresAt: 1_900_000_000 } as const;
      return { guard: write.guard, set, remove: ["holder", "dueAtMs", "openShard", "wakeId"] };
    }),
  },
  {
    bug: "lost wake-ups are not sent again",
    withinSeeds: 30,
    plant: (ports, { kind }) =>
      kind === "controller" ? { ...ports, queue: { ...ports.queue, send: async () => [] } } : ports,
  },
  {
    bug: "parked runs are not woken, and neither lost nor overdue ones swept",
    withinSeeds: 30,
    plant: (ports, { kind }) => {
      const none = async () => ({ ids: [] });
      return kind === "controller" ? { ...ports, index: { ...ports.index, byHolder: none, byDeadline: none } } : ports;
    },
  },
];

const tools: readonly Plant[] = [
  {
    bug: "a keyed tool is called under a new key each time",
    withinSeeds: 3,
    plantTool: (context, { name, clock }) => ({ ...context, key: `${context.key}-${name}-${clock.nowMs()}` }),
  },
  {
    bug: "an unsafe tool runs again after a crash",
    withinSeeds: 30,
    settled: { runs: 120, faults: DEATHS },
    plant: (ports) => ({
      ...ports,
      history: {
        ...ports.history,
        intendTool: async (record) => ({ ...(await ports.history.intendTool(record)), epoch: record.epoch }),
      },
    }),
  },
  {
    bug: "a recorded result is not found again",
    withinSeeds: 60,
    plant: (ports) => ({
      ...ports,
      history: {
        ...ports.history,
        intendTool: async (record) => {
          await ports.history.intendTool(record);
          return { ...record, state: "INTENT" };
        },
      },
    }),
  },
];

const judgements: readonly Plant[] = [
  {
    bug: "the watch does not see that counters change, and buries whom it holds for silent",
    withinSeeds: 3,
    plant: (ports, { kind }) => {
      if (kind !== "controller") return ports;
      const { fleet } = ports;
      const workers: typeof fleet.workers = async (shard) =>
        (await fleet.workers(shard)).map((worker) => ({ ...worker, counter: 0 }));
      return { ...ports, fleet: { ...fleet, workers, bury: (id, _seen, nowMs) => fleet.bury(id, "end-seen", nowMs) } };
    },
  },
  {
    bug: "calls in doubt are not booked",
    withinSeeds: 10,
    plant: writing((write) => {
      const { inDoubt: _, ...set } = write.set;
      return { ...write, set };
    }),
  },
  {
    bug: "the next turn is not reserved within the budget",
    withinSeeds: 3,
    plant: writing((write) =>
      isCommit(write) && write.set.reservedMicroUsd
        ? { ...write, set: { ...write.set, reservedMicroUsd: 2_000_000_000 } }
        : write,
    ),
  },
  {
    bug: "every release wakes the run under an id that was used before",
    withinSeeds: 20,
    plant: writing((write) =>
      write.set.wakeId === undefined ? write : { ...write, set: { ...write.set, wakeId: wakeId.parse("k_00000000") } },
    ),
  },
];

/** All bugs. */
export const plants: readonly Plant[] = [
  ...guards,
  ...orders,
  ...tools,
  ...judgements,
  ...crowdBugs,
  ...booksBugs,
  ...savingsBugs,
  ...scalingBugs,
];
