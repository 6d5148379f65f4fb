/** What changes the control record of a limit class: pauses, cuts, ramps, limits, the breaker. Pure; each gives a new record. */
import type { RateEnv } from "../contract/env.ts";
import { limits } from "../contract/limits.ts";
import {
  type BreakerState,
  defaultRateLimit,
  limitOfOther,
  type RateControl,
  type RateLimit,
  type RateLimits,
} from "../contract/rate.ts";
import { burstOf, perMinute, positionsAt, shareAt } from "./rate-clock.ts";

/** How limits are configured; `headroom` is the share of each limit that is left to others of the account. */
export type RateSettings = {
  readonly platform: string;
  /** Where calls go while the platform's breaker is open. */
  readonly failover?: string | undefined;
  readonly workspace: string;
  readonly limits: RateLimits;
  readonly headroom: number;
  /** Time from a cold start to the full rate; 0: no ramp. */
  readonly rampMs: number;
};

/** What the environment says of the rate. */
export const rateSettings = (env: RateEnv): RateSettings => ({
  platform: env.MUSTER_PLATFORM,
  failover: env.MUSTER_FAILOVER_PLATFORM,
  workspace: env.MUSTER_WORKSPACE,
  limits: env.MUSTER_RATE_LIMITS,
  headroom: env.MUSTER_RATE_HEADROOM,
  rampMs: env.MUSTER_RATE_RAMP_MS,
});

/** The settings of one of the platforms. Limits of another than the first are those named `<platform>/<class>`; no other means it. */
export function settingsOf(settings: RateSettings, platform: string): RateSettings {
  if (platform === settings.platform) return settings;
  const own = Object.entries(settings.limits).flatMap(([name, limit]) =>
    name.startsWith(`${platform}/`) ? [[name.slice(platform.length + 1), limit] as const] : [],
  );
  return { ...settings, platform, limits: Object.fromEntries(own) };
}

/** A limit with the fields that are given; the others as they were. */
export const changedLimit = (limit: RateLimit, given: RateLimits[string]): RateLimit => ({
  requestsPerMinute: given.requestsPerMinute ?? limit.requestsPerMinute,
  burstSize: given.burstSize ?? limit.burstSize,
  inputTokensPerMinute: given.inputTokensPerMinute ?? limit.inputTokensPerMinute,
  outputTokensPerMinute: given.outputTokensPerMinute ?? limit.outputTokensPerMinute,
});

/** The limit of a class by the settings: its own, then `*` (not for classes that are no models), then the default; less the headroom. */
export function limitOf({ limits: given, headroom }: RateSettings, name: string): RateLimit {
  const other = limitOfOther(name);
  const otherwise = other ?? changedLimit(defaultRateLimit, given["*"] ?? {});
  const own = changedLimit(otherwise, given[name] ?? {});
  const left = (field: keyof RateLimit) => Math.max(1, Math.floor(own[field] * (1 - headroom)));
  return {
    requestsPerMinute: left("requestsPerMinute"),
    burstSize: Math.min(own.burstSize, own.requestsPerMinute),
    inputTokensPerMinute: left("inputTokensPerMinute"),
    outputTokensPerMinute: left("outputTokensPerMinute"),
  };
}

const rampShare = (rampMs: number): Pick<RateControl, "share" | "recoverPerMinute"> =>
  rampMs === 0
    ? { share: 1, recoverPerMinute: 0 }
    : { share: limits.rampFrom, recoverPerMinute: ((1 - limits.rampFrom) * 60_000) / rampMs };

const ZERO = { requests: 0, input: 0, output: 0 };

/** The record of a class that nobody has used yet: a cold start. With a ramp it begins without credit for a burst. */
export function firstControl(limit: RateLimit, rampMs: number, nowMs: number): RateControl {
  const control: RateControl = {
    anchorMs: nowMs,
    clocks: ZERO,
    creditFrom: ZERO,
    limit,
    limitBy: "settings",
    server: {},
    ...rampShare(rampMs),
    pausedUntilMs: 0,
    breaker: { kind: "closed", sinceMs: 0 },
  };
  if (rampMs > 0) return control;
  // The first free positions are 0: clocks that stand a burst ahead of them let it start at once.
  return { ...control, clocks: burstOf(control) };
}

/** The same record with its clocks read at `nowMs`, so that what changes from now on does not change the past. */
function anchored(control: RateControl, nowMs: number): RateControl {
  const atMs = Math.max(nowMs, control.anchorMs);
  const share = shareAt(control, Math.max(atMs, control.pausedUntilMs));
  return { ...control, anchorMs: atMs, clocks: positionsAt(control, atMs), share: share === 0 ? control.share : share };
}

/** Anchored, and without credit for a burst: after trouble the rate begins evenly. */
function restarted(control: RateControl, nowMs: number): RateControl {
  const now = anchored(control, nowMs);
  return { ...now, creditFrom: now.clocks };
}

/**
 * After a 429: all stop until `untilMs`, and go on at 0.7 of the rate, or from the beginning of the ramp. One cut for each pause:
 * the same crowd of calls that met the limit together says it only once. The same value when nothing changes.
 */
export function pause(
  control: RateControl,
  { untilMs, ramp, rampMs }: { untilMs: number; ramp: boolean; rampMs: number },
  nowMs: number,
): RateControl {
  if (nowMs < control.pausedUntilMs && untilMs <= control.pausedUntilMs) return control;
  const now = restarted(control, nowMs);
  const pausedUntilMs = Math.max(control.pausedUntilMs, Math.ceil(untilMs));
  if (nowMs < control.pausedUntilMs) return { ...now, pausedUntilMs };
  if (ramp) return { ...now, pausedUntilMs, ...rampShare(rampMs === 0 ? limits.rampMs : rampMs) };
  const share = Math.max(limits.rateShareLeast, now.share * limits.rateCut);
  return { ...now, pausedUntilMs, share, recoverPerMinute: limits.rateRecoverPerMinute };
}

/** Quiet for so long that the server may take a sudden full rate for a rise: the ramp begins again. */
export function coldStart(control: RateControl, rampMs: number, nowMs: number): RateControl {
  if (rampMs === 0) return control;
  return { ...restarted(control, nowMs), ...rampShare(rampMs) };
}

/** Whether the class was quiet long enough for a new ramp: the next free slot lies that far behind. */
export function isCold(control: RateControl, requestsSeen: number, nowMs: number): boolean {
  if (nowMs - control.anchorMs < limits.coldAfterMs) return false;
  return requestsSeen <= positionsAt(control, nowMs - limits.coldAfterMs).requests;
}

/** Another limit from now on. Slots that were handed out move with it. */
export function withLimit(
  control: RateControl,
  change: { limit: RateLimit; by: RateControl["limitBy"] },
  nowMs: number,
): RateControl {
  const now = anchored(control, nowMs);
  return { ...now, limit: change.limit, limitBy: change.by, ...(change.by === "operator" ? { server: {} } : {}) };
}

/** What the server's headers say, taken over only where it is lower than what is in force; the same value otherwise. */
export function lowered(control: RateControl, said: RateControl["server"], nowMs: number): RateControl {
  const { limit, server } = control;
  const names = ["requestsPerMinute", "inputTokensPerMinute", "outputTokensPerMinute"] as const;
  const lower = names.filter((name) => {
    const value = said[name];
    return value !== undefined && value >= 1 && value < Math.min(limit[name], server[name] ?? limit[name]);
  });
  if (lower.length === 0) return control;
  return { ...anchored(control, nowMs), server: { ...server, ...Object.fromEntries(lower.map((n) => [n, said[n]])) } };
}

/** Another breaker state. Clocks stand still while it is not closed, and begin with a ramp when it closes. */
export function withBreaker(
  control: RateControl,
  breaker: BreakerState,
  { rampMs, nowMs }: { readonly rampMs: number; readonly nowMs: number },
): RateControl {
  if (breaker === control.breaker) return control;
  const now = restarted(control, nowMs);
  const closes = breaker.kind === "closed" && control.breaker.kind !== "closed";
  return { ...now, breaker, ...(closes ? { ...rampShare(rampMs), pausedUntilMs: 0 } : {}) };
}

/** Requests a millisecond at which the clocks run now. */
export const requestsPerMs = (control: RateControl, nowMs: number): number =>
  (perMinute(control).requests * shareAt(control, nowMs)) / 1_000 / 60_000;
