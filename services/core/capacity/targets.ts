/** Puts together what each pool shall be. Pure. */
import type { LeavingMachine, MachineId, PoolBreaker, PoolTarget } from "../../contract/capacity.ts";
import type { Because } from "../../contract/capacity-because.ts";
import { limits } from "../../contract/limits.ts";
import type { Launch } from "./launches.ts";
import { leaveOf } from "./leave.ts";
import type { PoolView } from "./pool-view.ts";
import type { SuppliedPool } from "./supply.ts";

/** What was decided of one pool. */
export type PoolPlan = {
  readonly supplied: SuppliedPool;
  readonly breaker: PoolBreaker;
  readonly launch: Launch | undefined;
  readonly chosen: readonly MachineId[];
  readonly because: readonly Because[];
};

/** Its target, and who of it leaves. */
export type PoolResult = { readonly target: PoolTarget; readonly leaving: readonly LeavingMachine[] };

/** Machines that were asked for and stay asked for: those that will come, and the probe's. */
function awaited({ supplied: { pending }, breaker }: PoolPlan): number {
  return breaker.kind === "half-open" ? limits.poolProbeMachines : pending;
}

function lateOf({ pool, late, policy }: PoolView): Because[] {
  if (late.length === 0) return [];
  return [{ kind: "late", pool, machines: late.length, afterMs: policy.bootMs * limits.bootLateTimes }];
}

/**
 * Never fewer machines than there are, less those that are ended, and never more than the maximum. `general` are the reasons of the whole decision;
 * they stand behind those of the pool.
 */
export function targetOf(
  plan: PoolPlan,
  known: ReadonlyMap<MachineId, LeavingMachine>,
  { general, patienceMs, nowMs }: { general: readonly Because[]; patienceMs: number; nowMs: number },
): PoolResult {
  const { view } = plan.supplied;
  const leave = leaveOf(view, known, { chosen: plan.chosen, patienceMs, nowMs });
  const staying = view.existing - leave.end.length;
  const asked = staying + awaited(plan) + (plan.launch?.machines ?? 0);
  const own = [...plan.because, ...(plan.launch?.because ?? []), ...lateOf(view), ...leave.because];
  return {
    target: {
      pool: view.pool,
      machines: Math.max(staying, Math.min(asked, view.max)),
      cordon: [...leave.cordon],
      drain: [...leave.drain],
      end: [...leave.end],
      because: [...own, ...general].slice(0, limits.reasonsMax),
    },
    leaving: leave.leaving,
  };
}
