/** Machines on their way out: told until they hear it, drained when their runs have ended, ended when their workers have gone. Pure. */
import type { LeavingMachine, MachineId } from "../../contract/capacity.ts";
import type { Because } from "../../contract/capacity-because.ts";
import { limits } from "../../contract/limits.ts";
import type { PoolView } from "./pool-view.ts";

/** What is told to the machines of a pool, and who leaves from now on. */
export type Leave = {
  readonly cordon: readonly MachineId[];
  readonly drain: readonly MachineId[];
  readonly end: readonly MachineId[];
  readonly leaving: readonly LeavingMachine[];
  readonly because: readonly Because[];
};

/** Who has waited so long for the last runs of a machine that they are released. */
export type Patience = { readonly patienceMs: number; readonly nowMs: number };

/**
 * A machine takes no new run first, and is drained when that is known and nothing runs there, so that scale-in interrupts no
 * run; once that has been known for `patienceMs`, its runs are released and go on elsewhere. `chosen` are new.
 */
export function leaveOf(
  view: PoolView,
  known: ReadonlyMap<MachineId, LeavingMachine>,
  { chosen, patienceMs, nowMs }: Patience & { readonly chosen: readonly MachineId[] },
): Leave {
  const { pool, failed, drained } = view;
  const cordon: MachineId[] = [...chosen];
  const idle: MachineId[] = [];
  const impatient: MachineId[] = [];
  const leaving: LeavingMachine[] = chosen.map((id) => ({ id, pool, sinceMs: nowMs }));
  for (const machine of view.leaving) {
    const before = known.get(machine.id);
    // Who still takes runs has not heard it, and was not waited for yet.
    const one = machine.takes || before === undefined ? { id: machine.id, pool, sinceMs: nowMs } : before;
    leaving.push(one);
    if (nowMs - one.sinceMs > patienceMs) impatient.push(machine.id);
    else if (machine.takes) cordon.push(machine.id);
    else if (machine.active === 0) idle.push(machine.id);
  }
  // Until its pool tells no more of it, a machine that was ended is one that leaves: a worker that begins there takes no run.
  for (const id of [...drained, ...failed]) leaving.push(known.get(id) ?? { id, pool, sinceMs: nowMs });
  const because: Because[] = [];
  if (idle.length > 0) because.push({ kind: "idle", pool, machines: idle.length });
  if (impatient.length > 0) {
    because.push({ kind: "impatient", pool, machines: impatient.length, afterMs: patienceMs });
  }
  if (drained.length > 0) because.push({ kind: "drained", pool, machines: drained.length });
  if (failed.length > 0) {
    because.push({ kind: "boot-failed", pool, machines: failed.length, afterMs: limits.bootFailedMs });
  }
  return { cordon, drain: [...idle, ...impatient], end: [...drained, ...failed], leaving, because };
}
