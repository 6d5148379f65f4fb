/** What follows a failed model call: try again in the slot, park, or end. Pure. */
import type { EndReason, ModelFailureCode } from "../contract/failures.ts";
import { limits } from "../contract/limits.ts";
import { backoffMs } from "../core/retry.ts";
import type { ModelFailure } from "../ports/model.ts";

export type AfterFailure =
  | { readonly kind: "retry"; readonly waitMs: number; readonly counts: "failure" | "wait" }
  | { readonly kind: "park"; readonly waitMs: number; readonly counts: "failure" | "wait" | "hold" }
  | { readonly kind: "end"; readonly reason: EndReason }
  | { readonly kind: "stopped" };

/**
 * Fate of each failure class. Waiting for the rate limit is not failing. A spend cap and a refused key are no run's fault: runs
 * wait for them parked, which counts as nothing, so that only the deadline ends them. In a service's trouble a run tries again
 * in its slot a few times, then parks with growing waits, so that an outage of an hour ends no run.
 */
const fate = {
  "rate-limited": "wait",
  "spend-limit": "park",
  overloaded: "fail",
  "server-error": "fail",
  connection: "fail",
  "idle-stream": "fail",
  unauthorised: "park",
  "request-rejected": "end",
  aborted: "stopped",
} as const satisfies Record<ModelFailureCode, "wait" | "park" | "fail" | "end" | "stopped">;

const BACKOFF = { baseMs: limits.retryBaseMs, maxMs: limits.retryMaxMs };
const PARKED = { baseMs: limits.retryBaseMs, maxMs: limits.parkMaxMs };

/** Who parks together comes back spread over `retryMaxMs`, which begins after a quarter of it. */
const spreadMs = (fraction: number): number => Math.ceil(limits.retryMaxMs * (0.25 + fraction));

/** `failures` counts those of this turn so far, this one not included; `waits` likewise. */
export function afterFailure(
  failure: ModelFailure,
  counts: { readonly failures: number; readonly waits: number },
  fraction: number,
): AfterFailure {
  switch (fate[failure.code]) {
    case "stopped":
      return { kind: "stopped" };
    case "end":
      return { kind: "end", reason: "model-rejected-request" };
    case "park":
      return { kind: "park", waitMs: spreadMs(fraction), counts: "hold" };
    case "wait": {
      const waitMs = (failure.retryAfterMs ?? 0) + backoffMs(counts.waits, BACKOFF, fraction);
      return waitMs > limits.waitInSlotMs
        ? { kind: "park", waitMs, counts: "wait" }
        : { kind: "retry", waitMs, counts: "wait" };
    }
    case "fail":
      if (counts.failures + 1 >= limits.failuresMax) return { kind: "end", reason: "too-many-failures" };
      if (counts.failures >= limits.failuresInSlot)
        return { kind: "park", waitMs: backoffMs(counts.failures, PARKED, fraction), counts: "failure" };
      return { kind: "retry", waitMs: backoffMs(counts.failures, BACKOFF, fraction), counts: "failure" };
  }
}
