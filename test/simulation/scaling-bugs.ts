/** Bugs of scaling, planted like those of `plants.ts`: in worlds whose fleet grows and shrinks. */
import type { SeenPool } from "../../services/contract/capacity.ts";
import type { WorkerItem } from "../../services/contract/fleet.ts";
import type { Lease } from "../../services/contract/lease.ts";
import type { Clock } from "../../services/ports/clock.ts";
import type { Plant } from "./plants.ts";
import type { Ports } from "./world/ports.ts";

const RUNS = 150;

/** Changes the items of workers as controllers read them. */
const readingWorkers =
  (change: (read: () => Promise<WorkerItem[]>) => Promise<WorkerItem[]>): NonNullable<Plant["plant"]> =>
  (ports, { kind }) =>
    kind === "controller"
      ? { ...ports, fleet: { ...ports.fleet, workers: (shard) => change(() => ports.fleet.workers(shard)) } }
      : ports;

type Pools = NonNullable<Ports["capacity"]>;

/** Changes the pools as controllers call them. */
const callingPools =
  (change: (pools: Pools, clock: Clock) => Pools): NonNullable<Plant["plant"]> =>
  (ports, { clock }) => ({ ...ports, capacity: ports.capacity && change(ports.capacity, clock) });

const asEmpty = (seen: SeenPool, nowMs: number): SeenPool =>
  seen.kind === "known" ? seen : { ...seen, kind: "known", atMs: nowMs, min: 0, max: 9, desired: 0, machines: [] };

/** Reads a cordon that still lies in the inbox as heard. */
const asHeard = (worker: WorkerItem): WorkerItem =>
  worker.inbox.some(({ kind }) => kind === "cordon") ? { ...worker, mode: "CORDONED" } : worker;

/** Workers hear of a cordon with every fourth beat only: late, which harms nobody who waits for it. */
const hearingLate = (ports: Ports): Ports => ({
  ...ports,
  fleet: {
    ...ports.fleet,
    beat: async (beat, handled) => {
      const answer = await ports.fleet.beat(beat, handled);
      if (answer.kind !== "alive" || beat.counter % 4 === 0) return answer;
      return { ...answer, inbox: answer.inbox.filter(({ kind }) => kind !== "cordon") };
    },
  },
});

/** Reads the lease as it wrote it last itself, and takes a refused renewal for done. */
function sureOfIt(ports: Ports): Ports {
  let own: Lease | undefined;
  return {
    ...ports,
    leases: {
      read: async () => own ?? (await ports.leases.read()),
      replace: async (next, over) => {
        if (await ports.leases.replace(next, over)) own = next;
        return own !== undefined;
      },
    },
  };
}

export const scalingBugs: readonly Plant[] = [
  {
    bug: "scale-in kills a busy worker: a machine is ended instead of drained",
    withinSeeds: 5,
    settled: { scaled: true, runs: RUNS, faults: [] },
    plant: callingPools((pools) => ({
      ...pools,
      act: (targets, by) =>
        pools.act(
          targets.map((target) => ({ ...target, cordon: [], end: [...target.end, ...target.cordon] })),
          by,
        ),
    })),
  },
  {
    bug: "a leader acts without its lease: who led once takes itself for the leader",
    withinSeeds: 10,
    settled: { scaled: true, runs: RUNS, faults: ["leader-struck"] },
    plant: sureOfIt,
  },
  {
    bug: "a pool that cannot be seen is read as empty",
    withinSeeds: 5,
    settled: { scaled: true, runs: RUNS, faults: ["pool-unseen"] },
    plant: callingPools((pools, clock) => ({
      ...pools,
      observe: async () => (await pools.observe()).map((seen) => asEmpty(seen, clock.nowMs())),
    })),
  },
  {
    bug: "a fleet that cannot be read is read as empty, and its machines as drained",
    withinSeeds: 20,
    settled: { scaled: true, runs: RUNS, calm: 0.05, faults: ["store-failed"] },
    plant: readingWorkers((read) => read().catch(() => [])),
  },
  {
    bug: "a worker that has not heard its cordon counts as idle",
    withinSeeds: 20,
    settled: { scaled: true, runs: 300, faults: [] },
    plant: (ports, of) => readingWorkers(async (read) => (await read()).map(asHeard))(hearingLate(ports), of),
  },
  {
    bug: "a cordoned worker says that it has no runs",
    withinSeeds: 10,
    settled: { scaled: true, runs: RUNS, faults: [] },
    plant: (ports) => ({
      ...ports,
      fleet: {
        ...ports.fleet,
        beat: (beat, handled) => ports.fleet.beat(beat.mode === "CORDONED" ? { ...beat, active: 0 } : beat, handled),
      },
    }),
  },
];
