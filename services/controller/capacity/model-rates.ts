/** What the model's limits let through, and what an active run calls. */
import type { ModelRate, Signal } from "../../contract/capacity.ts";
import { limits } from "../../contract/limits.ts";
import type { RateControl } from "../../contract/rate.ts";
import { modelClasses } from "../../core/limit-classes.ts";
import { callsOfMinute, isFresh, nextPace } from "../../core/pace.ts";
import { isFrozen, PERMIT, perMinute, shareAt } from "../../core/rate-clock.ts";
import { firstControl, limitOf, type RateSettings, settingsOf } from "../../core/rate-control.ts";
import { tokensBusy, waitsForTokens } from "../../core/token-wait.ts";
import type { LimiterStore, LimitItem } from "../../ports/limiter-store.ts";
import { detailOf } from "../message-of.ts";

/** By limit class: paces as measured, and when it was last called enough to measure one. */
export type KeptPaces = {
  readonly paces: Readonly<Record<string, number>>;
  readonly calledAtMs: Readonly<Record<string, number>>;
};

/** What was kept, and the mean of active runs in the last minute (undefined: unknown). */
export type PacesBefore = KeptPaces & {
  readonly active: number | undefined;
  readonly sinceMs: number;
  readonly nowMs: number;
};

export type ModelRates = KeptPaces & { readonly signal: Signal<{ readonly classes: readonly ModelRate[] }> };

/** Before anybody has called: what is configured, for a fleet that nothing bounds would launch for all that waits. */
const configured = (rate: RateSettings): ModelRate[] =>
  modelClasses().map((limitClass) => {
    const { requestsPerMinute: calls } = limitOf(rate, limitClass);
    return { limitClass, callsPerMinute: calls, callsNowPerMinute: calls };
  });

/** A class as calls go now: the item whose clocks they wait for, and how many were made of late and at full rate. */
type ClassSeen = {
  readonly limitClass: string;
  readonly item: LimitItem;
  readonly calls: number;
  readonly fullRate: number;
};

const fullRateOf = ({ control }: LimitItem): number => perMinute(control).requests / PERMIT;

/**
 * The platform's item; while its breaker is open, that of the one to fail over to, as workers do. Undefined: nobody has
 * called the class.
 */
async function readClass(
  { limiter, rate }: { readonly limiter: LimiterStore; readonly rate: RateSettings },
  limitClass: string,
  nowMs: number,
): Promise<ClassSeen | undefined> {
  const { platform, failover, workspace } = rate;
  const { item } = await limiter.read({ platform, workspace, limitClass });
  if (item === undefined) return undefined;
  const [calls, fullRate] = [callsOfMinute(item.tallies, nowMs), fullRateOf(item)];
  if (!isFrozen(item.control) || failover === undefined) return { limitClass, item, calls, fullRate };
  const second = (await limiter.read({ platform: failover, workspace, limitClass })).item;
  const limit = limitOf(settingsOf(rate, failover), limitClass);
  const other = second ?? unused(firstControl(limit, rate.rampMs, nowMs));
  return {
    ...{ limitClass, item: other },
    // In the minute of the change runs call both; what stays does not follow a trouble that passes.
    calls: calls + callsOfMinute(other.tallies, nowMs),
    fullRate: Math.max(fullRate, fullRateOf(other)),
  };
}

const unused = (control: RateControl): LimitItem => ({
  ...{ version: 0, control, positions: { requests: 0, input: 0, output: 0 }, tallies: new Map() },
});

/**
 * Every class that somebody uses; while nobody does, those that are configured. What nobody has called for `limits.paceOldMs`
 * has no pace any more: it would bind runs that never call it. When a class cannot be read all are unknown; the paces stay.
 */
export async function modelRates(limiter: LimiterStore, rate: RateSettings, before: PacesBefore): Promise<ModelRates> {
  const { nowMs, active, sinceMs } = before;
  const paces = { ...before.paces };
  const calledAtMs = { ...before.calledAtMs };
  try {
    const seen = await Promise.all(modelClasses().map((limitClass) => readClass({ limiter, rate }, limitClass, nowMs)));
    const used = seen.filter((one) => one !== undefined);
    const known = used.map(({ limitClass, item, calls, fullRate: callsPerMinute }): ModelRate => {
      const rateNow = fullRateOf(item) * shareAt(item.control, nowMs);
      // While calls wait for tokens, those that were made are as many as the tokens let through.
      const tokensBind = calls >= limits.paceCallsLeast && waitsForTokens(item, nowMs);
      const callsNowPerMinute = tokensBind ? Math.min(rateNow, calls) : rateNow;
      if (calls >= limits.paceCallsLeast) calledAtMs[limitClass] = nowMs;
      if (!isFresh(calledAtMs[limitClass], nowMs)) delete paces[limitClass];
      const pace =
        active === undefined
          ? paces[limitClass]
          : nextPace(paces[limitClass], {
              ...{ calls, active, rate: callsNowPerMinute, sinceMs },
              tokensBusy: tokensBusy(item, nowMs),
            });
      if (pace !== undefined) paces[limitClass] = pace;
      const measured = pace === undefined ? {} : { callsPerRunMinute: pace };
      return { limitClass, callsPerMinute, callsNowPerMinute, ...measured };
    });
    return {
      signal: { kind: "known", atMs: nowMs, value: { classes: known.length > 0 ? known : configured(rate) } },
      ...{ paces, calledAtMs },
    };
  } catch (error) {
    return { signal: { kind: "unknown", because: detailOf(error) }, paces, calledAtMs };
  }
}
