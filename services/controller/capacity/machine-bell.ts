/** Tells machines to leave by telling the workers there, through their items. */
import type { MachineId } from "../../contract/capacity.ts";
import type { WorkerItem } from "../../contract/fleet.ts";
import type { MachineBell } from "../../ports/capacity.ts";
import type { FleetStore } from "../../ports/fleet-store.ts";
import { workersOn } from "./pool-signals.ts";

const isCordoned = ({ mode, drain, inbox }: WorkerItem): boolean =>
  drain || mode === "CORDONED" || mode === "DRAINING" || inbox.some(({ kind }) => kind === "cordon");

/**
 * `workers` as they were just read: who was told before is not told again; `isMine` is asked before each. Throws once all were tried, when
 * one could not be told.
 */
export function machineBell(
  fleet: FleetStore,
  workers: readonly WorkerItem[],
  isMine: () => Promise<boolean>,
): MachineBell {
  const tell = async (
    machines: readonly MachineId[],
    wants: (worker: WorkerItem) => boolean,
    act: (worker: WorkerItem) => Promise<unknown>,
  ): Promise<void> => {
    const told = await Promise.allSettled(
      workersOn(machines, workers)
        .filter(wants)
        .map(async (worker) => ((await isMine()) ? act(worker) : undefined)),
    );
    const failures = told.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} workers were not told`);
  };
  return {
    cordon: (machines) =>
      tell(
        machines,
        (worker) => !isCordoned(worker),
        ({ workerId }) => fleet.notify(workerId, { kind: "cordon" }),
      ),
    drain: (machines) =>
      tell(
        machines,
        ({ drain }) => !drain,
        ({ workerId }) => fleet.requestDrain(workerId),
      ),
  };
}
