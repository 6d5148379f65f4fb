/**
 * The breaker of a pool: CLOSED -> OPEN when machines do not come; OPEN -> HALF-OPEN when a probe is due and the pool is wanted;
 * HALF-OPEN -> CLOSED when a machine has come, OPEN when none has. Open, due and not wanted: CLOSED, what was seen is too old to
 * mean anything. Pure.
 */
import type { PoolBreaker } from "../../contract/capacity.ts";
import { limits } from "../../contract/limits.ts";

/** What is known of a pool's launches since the last decision. */
export type LaunchEvidence = {
  /** When the pool was looked at. */
  readonly atMs: number;
  readonly noCapacity: boolean;
  readonly quota: boolean;
  /** Machines that were asked for long ago and are not there. */
  readonly missing: number;
  readonly bootsFail: boolean;
  /** When the newest machine of the pool was launched. */
  readonly newestMs: number | undefined;
  /** The pool would be asked for more if it were closed. */
  readonly wanted: boolean;
};

type Cause = Exclude<PoolBreaker, { kind: "closed" }>["cause"];
const closed: PoolBreaker = { kind: "closed" };

function waitMs(cause: Cause, probes: number): number {
  if (cause === "quota") return limits.poolQuotaMs;
  return Math.min(limits.poolProbeMaxMs, limits.poolProbeMs * 2 ** Math.min(probes, 10));
}

const open = (cause: Cause, nowMs: number, probes: number): PoolBreaker => {
  return { kind: "open", cause, atMs: nowMs, probeAtMs: nowMs + waitMs(cause, probes), probes };
};

function causeOf({ noCapacity, quota, missing, bootsFail }: LaunchEvidence): Cause | undefined {
  if (quota) return "quota";
  if (noCapacity) return "no-capacity";
  if (missing > 0) return "unfilled";
  return bootsFail ? "boots-late" : undefined;
}

/** The state after what was seen; the same value when nothing changes. */
export function stepPoolBreaker(state: PoolBreaker, evidence: LaunchEvidence, nowMs: number): PoolBreaker {
  switch (state.kind) {
    case "closed": {
      const cause = causeOf(evidence);
      return cause === undefined ? state : open(cause, nowMs, 0);
    }
    case "open": {
      if (nowMs < state.probeAtMs) return state;
      if (!evidence.wanted) return closed;
      const { cause, atMs, probes } = state;
      const untilMs = nowMs + limits.poolProbeForMs;
      return { kind: "half-open", cause, atMs, sinceMs: nowMs, untilMs, probes: probes + 1 };
    }
    case "half-open": {
      const { atMs, newestMs, noCapacity, quota } = evidence;
      if (newestMs !== undefined && newestMs >= state.sinceMs) return closed;
      if (quota) return open("quota", nowMs, state.probes);
      return noCapacity || atMs >= state.untilMs ? open(state.cause, nowMs, state.probes) : state;
    }
  }
}
