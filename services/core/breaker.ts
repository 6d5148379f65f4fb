/**
 * The circuit breaker of a limit class, fleet-wide: CLOSED -> OPEN on evidence or on a code that only a person can mend; OPEN ->
 * HALF-OPEN when one worker sends the probe; HALF-OPEN -> CLOSED or OPEN by what became of it. A person may open and close.
 */
import { limits } from "../contract/limits.ts";
import type { BreakerState, OpenCause } from "../contract/rate.ts";

/** Calls that were sent and those that failed, by `limits.tallyMs` of time (`tallyOf`). */
export type Tally = { readonly calls: number; readonly failures: number };
export type Tallies = ReadonlyMap<number, Tally>;

/** Number of the stretch of time that a moment belongs to. */
export const tallyOf = (atMs: number): number => Math.floor(atMs / limits.tallyMs);

/** Stretches that are older than the window: nobody asks for them any more. */
export const outdated = (tallies: Tallies, nowMs: number): number[] =>
  [...tallies.keys()].filter((bucket) => (tallyOf(nowMs) - bucket - 1) * limits.tallyMs > limits.breakerWindowMs);

/** What may change a breaker's state. */
export type BreakerEvent =
  /** Look at the fleet's tallies. */
  | { readonly kind: "evidence"; readonly tallies: Tallies }
  /** One worker's calls failed in a row, the first of them started then. */
  | { readonly kind: "streak"; readonly sinceMs: number }
  /** A call was refused with a code that no waiting mends. */
  | { readonly kind: "blocked"; readonly cause: "spend-limit" | "unauthorised" }
  /** A worker wants to send the probe. */
  | { readonly kind: "probe" }
  | { readonly kind: "probe-ended"; readonly ok: boolean }
  | { readonly kind: "operator"; readonly action: "open" | "close" };

function sum(tallies: Tallies, fromMs: number, nowMs: number): Tally {
  let [calls, failures] = [0, 0];
  for (const [bucket, tally] of tallies) {
    if (bucket * limits.tallyMs < fromMs || bucket > tallyOf(nowMs)) continue;
    calls += tally.calls;
    failures += tally.failures;
  }
  return { calls: Math.max(calls, failures), failures };
}

/** Whether the tallies since `sinceMs` say open: many errors in the window, or most calls of a burst. */
export function causeOf(tallies: Tallies, sinceMs: number, nowMs: number): "error-rate" | "burst" | undefined {
  // A stretch that began before the breaker closed holds what opened it.
  const since = tallyOf(sinceMs) * limits.tallyMs + (sinceMs % limits.tallyMs === 0 ? 0 : limits.tallyMs);
  const burst = sum(tallies, Math.max(since, nowMs - limits.breakerBurstMs - limits.tallyMs), nowMs);
  if (burst.calls >= limits.breakerBurstCalls && burst.failures >= burst.calls * limits.breakerBurstShare) {
    return "burst";
  }
  const window = sum(tallies, Math.max(since, nowMs - limits.breakerWindowMs), nowMs);
  const many = window.calls >= limits.breakerLeastCalls && window.failures > window.calls * limits.breakerErrorShare;
  return many ? "error-rate" : undefined;
}

const probeWaitMs = (probes: number): number =>
  Math.min(limits.breakerProbeMaxMs, limits.breakerProbeMs * 2 ** Math.min(probes, 20));

function open(cause: OpenCause, nowMs: number, probes = 0): BreakerState {
  const needsPerson = cause === "spend-limit" || cause === "unauthorised" || cause === "operator";
  return {
    kind: "open",
    cause,
    atMs: nowMs,
    probes,
    ...(needsPerson ? {} : { probeAtMs: nowMs + probeWaitMs(probes) }),
  };
}

/** Whether a probe may be sent now. */
export function mayProbe(state: BreakerState, nowMs: number): boolean {
  if (state.kind === "open") return state.probeAtMs !== undefined && nowMs >= state.probeAtMs;
  return state.kind === "half-open" && nowMs >= state.untilMs;
}

/** When calls may go again at the earliest: a probe's time; undefined when only a person can tell, or it is closed. */
export const probeTimeMs = (state: BreakerState): number | undefined =>
  state.kind === "open" ? state.probeAtMs : state.kind === "half-open" ? state.untilMs : undefined;

/** The state after an event; the same value when nothing changes. */
export function stepBreaker(state: BreakerState, event: BreakerEvent, nowMs: number): BreakerState {
  switch (event.kind) {
    case "evidence": {
      const cause = state.kind === "closed" ? causeOf(event.tallies, state.sinceMs, nowMs) : undefined;
      return cause === undefined ? state : open(cause, nowMs);
    }
    case "streak":
      return state.kind === "closed" && state.sinceMs <= event.sinceMs ? open("burst", nowMs) : state;
    case "blocked":
      return state.kind === "open" && state.probeAtMs === undefined ? state : open(event.cause, nowMs);
    case "probe":
      if (state.kind === "closed" || !mayProbe(state, nowMs)) return state;
      return {
        kind: "half-open",
        cause: state.cause,
        atMs: state.atMs,
        untilMs: nowMs + limits.breakerProbeForMs,
        probes: state.probes + 1,
      };
    case "probe-ended":
      if (state.kind !== "half-open") return state;
      return event.ok ? { kind: "closed", sinceMs: nowMs } : { ...open("probe-failed", nowMs, state.probes) };
    case "operator":
      if (event.action === "close") return state.kind === "closed" ? state : { kind: "closed", sinceMs: nowMs };
      return state.kind === "open" && state.cause === "operator" ? state : open("operator", nowMs);
  }
}
