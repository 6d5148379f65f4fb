/** When a worker that was told to stop does what. Pure; the first notice wins. */
import { limits } from "../contract/limits.ts";

/** Somebody or something said stop; `deadlineAtMs` is absent where the notice has none. */
export type StopNotice = { readonly source: string; readonly atMs: number; readonly deadlineAtMs?: number };

/** Turns in flight go on until `abortAtMs`; everything is released by `releaseByMs`. */
export type DrainPlan = { readonly abortAtMs: number; readonly releaseByMs: number };

/** Finish turns while the deadline less a margin allows; at once when it has passed already. */
export function planDrain(notice: StopNotice, nowMs: number): DrainPlan {
  const deadline = notice.deadlineAtMs ?? notice.atMs + limits.drainMs;
  const releaseByMs = Math.max(nowMs, deadline - limits.drainMarginMs);
  return { abortAtMs: Math.max(nowMs, releaseByMs - limits.storeCallMs), releaseByMs };
}
