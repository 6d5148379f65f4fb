/** Where each machine of a pool stands: what counts as capacity, what is late, what leaves, what can be ended. Pure. */
import type { LeavingMachine, Machine, MachineId, PoolState } from "../../contract/capacity.ts";
import type { PoolPolicy } from "../../contract/capacity-policy.ts";
import type { Pool } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";

/** A machine with workers. */
export type WorkingMachine = Extract<Machine, { kind: "working" }>;

/** A pool, sorted. Every machine is in exactly one of the lists and counts. */
export type PoolView = {
  readonly pool: Pool;
  readonly policy: PoolPolicy;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  /** When the pool was looked at: how late a machine is, is judged by that. */
  readonly atMs: number;
  /** All that there are, and those that were asked for, are not there yet, and may be. */
  readonly existing: number;
  /** Those of them that were launched in the last `limits.launchUnfilledMs`. */
  readonly launched: number;
  readonly pending: number;
  /** Take runs. */
  readonly running: readonly WorkingMachine[];
  readonly runningSlots: number;
  /** Boot, and are not late. */
  readonly starting: number;
  /** Boot too long to count on; and so long that they have failed. */
  readonly late: readonly MachineId[];
  readonly failed: readonly MachineId[];
  /** Were told to leave, or take no runs; and those of them whose workers have gone. */
  readonly leaving: readonly WorkingMachine[];
  readonly drained: readonly MachineId[];
  /** Active runs of all machines. */
  readonly active: number;
  /** Slots of one machine: the mean of those that run, rounded down, else what the policy says. */
  readonly slotsEach: number;
  readonly newestMs: number | undefined;
  /** Nothing that was launched after the oldest late machine has come up. */
  readonly bootsFail: boolean;
};

type Sorted = {
  readonly running: WorkingMachine[];
  readonly leaving: WorkingMachine[];
  readonly drained: MachineId[];
  readonly late: MachineId[];
  readonly failed: MachineId[];
  starting: number;
  runningSlots: number;
  active: number;
  newestMs: number | undefined;
  newestRunningMs: number;
  oldestLateMs: number;
};

const sorted = (): Sorted => ({
  ...{ running: [], leaving: [], drained: [], late: [], failed: [], starting: 0, runningSlots: 0, active: 0 },
  newestMs: undefined,
  newestRunningMs: Number.NEGATIVE_INFINITY,
  oldestLateMs: Number.POSITIVE_INFINITY,
});

/** Told to leave once, a machine leaves: a worker that begins anew there is told again. */
function place(into: Sorted, machine: Machine, told: boolean): void {
  if (machine.kind === "silent") return;
  into.active += machine.active;
  if (told || !machine.takes) {
    into.leaving.push(machine);
    return;
  }
  into.running.push(machine);
  into.runningSlots += machine.slots;
  into.newestRunningMs = Math.max(into.newestRunningMs, machine.launchedAtMs);
}

function placeSilent(into: Sorted, machine: Machine, { silentMs, lateMs }: { silentMs: number; lateMs: number }): void {
  if (silentMs > limits.bootFailedMs) into.failed.push(machine.id);
  else if (silentMs > lateMs) {
    into.late.push(machine.id);
    into.oldestLateMs = Math.min(into.oldestLateMs, machine.launchedAtMs);
  } else into.starting += 1;
}

/** Sorts the machines of a pool; `leaving` is who was told to leave. */
export function viewPool(
  state: PoolState,
  policy: PoolPolicy,
  { leaving, atMs }: { readonly leaving: ReadonlyMap<MachineId, LeavingMachine>; readonly atMs: number },
): PoolView {
  const into = sorted();
  const lateMs = policy.bootMs * limits.bootLateTimes;
  for (const machine of state.machines) {
    const told = leaving.size > 0 && leaving.has(machine.id);
    into.newestMs = Math.max(into.newestMs ?? machine.launchedAtMs, machine.launchedAtMs);
    if (machine.kind === "working") place(into, machine, told);
    else if (told) into.drained.push(machine.id);
    else placeSilent(into, machine, { silentMs: atMs - machine.sinceMs, lateMs });
  }
  const { running, runningSlots, late, failed } = into;
  return {
    ...{ pool: state.pool, policy, min: state.min, max: state.max, desired: state.desired, atMs },
    existing: state.machines.length,
    launched: state.machines.filter(({ launchedAtMs }) => launchedAtMs > atMs - limits.launchUnfilledMs).length,
    pending: Math.max(0, Math.min(state.desired, state.max) - state.machines.length),
    ...{ running, runningSlots, starting: into.starting, late, failed },
    ...{ leaving: into.leaving, drained: into.drained, active: into.active, newestMs: into.newestMs },
    slotsEach:
      runningSlots >= running.length && running.length > 0
        ? Math.floor(runningSlots / running.length)
        : policy.slotsPerMachine,
    bootsFail: late.length >= limits.bootsLateMax && into.newestRunningMs <= into.oldestLateMs,
  };
}

/** Machines that a pool has for runs: those that run and those that come, as far as one may count on them. */
export const haveOf = ({ running, starting }: PoolView, pending: number): number => running.length + starting + pending;

/** Room that a pool has for machines that take runs: the others occupy the rest until they are gone. */
export const roomOf = ({ max, late, failed, leaving, drained }: PoolView): number =>
  Math.max(0, max - late.length - failed.length - leaving.length - drained.length);
