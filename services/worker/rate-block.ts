/** Why nothing of a limit class may start now. Pure. */
import { limits } from "../contract/limits.ts";
import type { RateControl } from "../contract/rate.ts";
import { mayProbe, probeTimeMs } from "../core/breaker.ts";

/** `probe`: the breaker lets one call go to see. Else blocked until then, as far as one can tell. */
export type Block =
  | { readonly kind: "none" }
  | { readonly kind: "probe" }
  | { readonly kind: "blocked"; readonly untilMs: number; readonly because: string; readonly by: "pause" | "breaker" };

export function blockOf({ breaker, pausedUntilMs }: RateControl, nowMs: number): Block {
  if (breaker.kind !== "closed") {
    if (mayProbe(breaker, nowMs)) return { kind: "probe" };
    // A probe ends long before the time at which another may be sent: whoever waits looks again sooner.
    const mostMs = breaker.kind === "half-open" ? limits.breakerProbeMs : Number.POSITIVE_INFINITY;
    const untilMs = Math.min(probeTimeMs(breaker) ?? nowMs + limits.breakerParkMs, nowMs + mostMs);
    return { kind: "blocked", untilMs, because: `the breaker is ${breaker.kind} (${breaker.cause})`, by: "breaker" };
  }
  if (pausedUntilMs <= nowMs) return { kind: "none" };
  return { kind: "blocked", untilMs: pausedUntilMs, because: "the rate limit was met; the fleet pauses", by: "pause" };
}
