/** What notices to stop ask for, and when a worker that was told to stop does what. Pure. */
import { limits } from "../contract/limits.ts";

/** Stop and release every run. `deadlineAtMs` is absent where the notice has none. */
export type ReleaseNotice = {
  readonly kind?: "release";
  readonly source: string;
  readonly atMs: number;
  readonly deadlineAtMs?: number;
};

/** A stop has become likely: take no new run, keep those that there are. */
export type CordonNotice = {
  readonly kind: "cordon";
  readonly source: string;
  readonly atMs: number;
  readonly deadlineAtMs?: undefined;
};

/** Somebody or something said stop. */
export type StopNotice = ReleaseNotice | CordonNotice;

/** What all notices so far ask for together. */
export type Asked = { readonly kind: "nothing" } | CordonNotice | (ReleaseNotice & { readonly kind: "release" });

/** Before the first notice. */
export const nothingAsked: Asked = { kind: "nothing" };

/**
 * Takes in a notice; gives the same object when it changes nothing. The first release wins and its source and time stay; a
 * cordon becomes a release, never the other way round. A deadline that is known beats none, and of several the earliest
 * holds, so that the order in which notices come does not matter.
 */
export function heed(asked: Asked, notice: StopNotice): Asked {
  if (notice.kind === "cordon") return asked.kind === "nothing" ? notice : asked;
  if (asked.kind !== "release") return { ...notice, kind: "release" };
  const { deadlineAtMs } = notice;
  if (deadlineAtMs === undefined || deadlineAtMs >= (asked.deadlineAtMs ?? Number.POSITIVE_INFINITY)) return asked;
  return { ...asked, deadlineAtMs };
}

/** Turns in flight go on until `abortAtMs`; everything is released by `releaseByMs`. */
export type DrainPlan = { readonly abortAtMs: number; readonly releaseByMs: number };

/**
 * Finish turns while the deadline less a margin allows; abort them at once when it has passed already. The writes that release
 * the runs always have `storeCallMs`: who is killed meanwhile has lost nothing by trying.
 */
export function planDrain(notice: ReleaseNotice, nowMs: number): DrainPlan {
  const deadline = notice.deadlineAtMs ?? notice.atMs + limits.drainMs;
  const releaseByMs = Math.max(nowMs + limits.storeCallMs, deadline - limits.drainMarginMs);
  return { abortAtMs: releaseByMs - limits.storeCallMs, releaseByMs };
}
