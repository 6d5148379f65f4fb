/** Bugs in the keeping of shared budgets, planted by changing what the ports of processes do; the check alone finds them. */
import type { FaultName } from "./engine/faults.ts";
import type { SimProcess } from "./engine/sim-process.ts";
import type { Ports } from "./world/ports.ts";

export type BudgetBug = {
  readonly bug: string;
  /** What must go wrong for it to show. */
  readonly faults: readonly FaultName[];
  /** It shows in at least one of so many worlds; in one of three where nothing is said. */
  readonly withinSeeds?: number;
  plant(ports: Ports, process: SimProcess): Ports;
};

type Move = Ports["budgets"]["move"];

/** Changes what becomes of moves. */
const moving = (ports: Ports, change: (move: Move) => Move): Ports => ({
  ...ports,
  budgets: { ...ports.budgets, move: change(ports.budgets.move) },
});

const kills: readonly FaultName[] = ["worker-crash", "worker-pause"];

export const budgetBugs: readonly BudgetBug[] = [
  {
    bug: "a lease that the account refuses is taken for granted",
    faults: [],
    plant: (ports) =>
      moving(ports, (move) => async (id, what) => {
        const outcome = await move(id, what);
        return outcome.kind === "refused"
          ? { kind: "moved", account: { ...outcome.account, entry: what.to } }
          : outcome;
      }),
  },
  {
    bug: "without an answer of the store a lease is taken for granted (fail open)",
    faults: ["store-failed", "store-throttled"],
    plant: (ports) =>
      moving(ports, (move) => async (id, what) => {
        const granted = { kind: "moved", account: { leasedMicroUsd: 0, spentMicroUsd: 0, entry: what.to } } as const;
        return move(id, what).catch(() => granted);
      }),
  },
  {
    bug: "what a dead worker held is given back twice",
    faults: kills,
    plant: (ports, { kind }) =>
      kind !== "controller"
        ? ports
        : moving(ports, (move) => async (id, what) => {
            const outcome = await move(id, what);
            const again = { ...what, from: undefined, leasedBy: what.leasedBy * 2, spentBy: 0 };
            if (outcome.kind === "moved") await move(id, again);
            return outcome;
          }),
  },
  {
    bug: "all that a dead worker held is given back, its ceiling too",
    faults: kills,
    plant: (ports, { kind }) =>
      kind !== "controller"
        ? ports
        : moving(
            ports,
            (move) => (id, what) =>
              move(id, { ...what, leasedBy: (what.from?.spent ?? 0) - (what.from?.leased ?? 0), spentBy: 0 }),
          ),
  },
  {
    bug: "a worker draws above the ceiling that the store has",
    faults: kills,
    plant: (ports) => ({
      ...ports,
      fleet: {
        ...ports.fleet,
        beat: (beat, handled) => {
          const lower = Object.entries(beat.budgets ?? {}).map(([id, most]) => [id, Math.floor(most / 2)]);
          return ports.fleet.beat({ ...beat, ...(beat.budgets && { budgets: Object.fromEntries(lower) }) }, handled);
        },
      },
    }),
  },
  {
    bug: "the entry is not checked, so that a late return is applied to a newer one",
    faults: ["store-answer-lost", "store-write-late", "store-slow"],
    // A late copy of a return has to meet a newer block of the same worker: about one world in six.
    withinSeeds: 12,
    plant: (ports) =>
      moving(ports, (move) => async (id, what) => {
        const { entry } = await ports.budgets.read(id, what.worker);
        return move(id, { ...what, from: entry });
      }),
  },
];
