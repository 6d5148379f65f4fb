/** What the model's limits let through, and what an active run calls. */
import type { ModelRate, Signal } from "../../contract/capacity.ts";
import { limits } from "../../contract/limits.ts";
import { modelClasses } from "../../core/limit-classes.ts";
import { callsOfMinute, isFresh, nextPace } from "../../core/pace.ts";
import { PERMIT, perMinute, shareAt } from "../../core/rate-clock.ts";
import { limitOf, type RateSettings } from "../../core/rate-control.ts";
import { tokensBusy, waitsForTokens } from "../../core/token-wait.ts";
import type { LimiterStore } from "../../ports/limiter-store.ts";
import { messageOf } from "../message-of.ts";

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

/**
 * Every class that somebody uses; while nobody does, those that are configured. What nobody has called for `limits.paceOldMs` has no pace any
 * more: it would bind runs that never call it. When a class cannot be read all are unknown; the paces stay.
 */
export async function modelRates(limiter: LimiterStore, rate: RateSettings, before: PacesBefore): Promise<ModelRates> {
  const { nowMs, active, sinceMs } = before;
  const paces = { ...before.paces };
  const calledAtMs = { ...before.calledAtMs };
  const { platform, workspace } = rate;
  try {
    const seen = await Promise.all(
      modelClasses().map(async (limitClass) => {
        const { item } = await limiter.read({ platform, workspace, limitClass });
        return item === undefined ? [] : [{ limitClass, item }];
      }),
    );
    const known = seen.flat().map(({ limitClass, item }): ModelRate => {
      const { control, tallies } = item;
      const callsPerMinute = perMinute(control).requests / PERMIT;
      const rateNow = callsPerMinute * shareAt(control, nowMs);
      const calls = callsOfMinute(tallies, nowMs);
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
    const because = messageOf(error).slice(0, limits.detailChars);
    return { signal: { kind: "unknown", because }, paces, calledAtMs };
  }
}
