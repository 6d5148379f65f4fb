/** Checks that are made for one world: they know its bounds and its time. */
import type { Options } from "../engine/options.ts";
import type { Quiet } from "../engine/quiet.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import { BURST } from "../workload/fleet.ts";
import type { SharedBudgets } from "../world/shared-budgets.ts";
import { Cancels } from "./cancels.ts";
import { backlogIsBounded, tenantsKeepTheirCap } from "./crowds.ts";
import { honestWaitsAreLeftAlone, slotsHold } from "./fleet.ts";
import type { Check } from "./observer.ts";
import { callsKeepTheRate } from "./rate.ts";
import { Resumes } from "./resumes.ts";
import { type Paid, sharedBudgetsHold } from "./shared-budgets.ts";

type WorldParts = {
  readonly options: Options;
  readonly time: VirtualTime;
  readonly budgets: SharedBudgets;
  readonly paid: Paid;
  readonly quiet: () => Quiet;
};

const LEAVING = ["notice", "notice-with-deadline", "drain-flag"] as const;

/**
 * The checks of a world, and the watches over its cancelled runs and its released ones: these only where nothing but slots keeps a
 * run waiting.
 */
export function worldChecks({ options, time, budgets, paid, quiet }: WorldParts): {
  readonly checks: readonly Check[];
  readonly resumes: Resumes;
  readonly cancels: Cancels;
} {
  const { slots, workers, tenants, queuedMax, tenantActiveMax, callsPerMinute, tenantBudget, fleetBudget } = options;
  const nowMs = () => time.nowMs;
  const quietMs = () => quiet().forMs;
  const crowd = { queuedMax, tenantActiveMax, workers, nowMs, quietMs: () => Math.min(quietMs(), nowMs()) };
  const resumes = new Resumes({ nowMs, quietMs });
  const cancels = new Cancels({ skewed: options.faults.includes("clock-skew"), nowMs, quietMs });
  const waitsForMore = [tenantActiveMax, callsPerMinute, tenantBudget, fleetBudget].some((one) => one !== undefined);
  // Who leaves in good order harms nobody, but what it held back or gave back takes its time.
  const leave = options.scaled !== undefined || LEAVING.some((fault) => options.faults.includes(fault));
  const activeMost = tenants * ((tenantActiveMax ?? Number.POSITIVE_INFINITY) + workers);
  const onlyCapsHold = activeMost < workers * slots && !leave;
  const checks = [
    slotsHold(slots),
    cancels.check,
    sharedBudgetsHold(budgets, paid, nowMs),
    ...(onlyCapsHold ? [honestWaitsAreLeftAlone(crowd)] : []),
    backlogIsBounded(crowd),
    tenantsKeepTheirCap(crowd),
    ...(callsPerMinute === undefined ? [] : [callsKeepTheRate({ perMinute: callsPerMinute, burst: BURST, nowMs })]),
    ...(waitsForMore ? [] : [resumes.check]),
  ];
  return { checks, resumes, cancels };
}
