/** How far a crowd of runs is: counts, cost, rate, estimated end. Pure but for the tally, which is told everything. */
import type { RunState } from "../../contract/failures.ts";
import type { RunView } from "../../contract/http.ts";
import { isEnded } from "../../core/lifecycle.ts";
import { cliLimits } from "../bounds.ts";

/** So many runs had ended at that time. */
export type Point = { readonly atMs: number; readonly ended: number };

/** How far a submission has come. */
export type Progress = {
  readonly total: number;
  readonly accepted: number;
  readonly ended: number;
  readonly states: Readonly<Partial<Record<RunState, number>>>;
  readonly costMicroUsd: number;
  readonly elapsedMs: number;
  /** Absent until runs have ended. */
  readonly perSecond?: number;
  readonly leftMs?: number;
};

/** Ends per second over the window before `nowMs`; undefined before there is something to measure. Points ascend. */
export function rateOf(points: readonly Point[], nowMs: number, windowMs: number): number | undefined {
  const first = points.findLast((point) => point.atMs <= nowMs - windowMs) ?? points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || last.ended <= first.ended || nowMs <= first.atMs) return undefined;
  return ((last.ended - first.ended) * 1_000) / (nowMs - first.atMs);
}

/** Drops the points that no rate needs any more: all but the last one before the window. */
export function prunePoints(points: readonly Point[], nowMs: number, windowMs: number): Point[] {
  const keep = points.findLastIndex((point) => point.atMs <= nowMs - windowMs);
  return points.slice(Math.max(0, keep));
}

/** Keeps the last state of every run. */
export type Tally = {
  accept(count: number): void;
  see(views: readonly RunView[], nowMs: number): void;
  progress(nowMs: number): Progress;
};

/** A tally that starts at `startMs` and waits for `total` runs. */
export function makeTally(total: number, startMs: number): Tally {
  const runs = new Map<string, { readonly state: RunState; readonly costMicroUsd: number }>();
  let points: Point[] = [{ atMs: startMs, ended: 0 }];
  let accepted = 0;
  const count = () => {
    const states: Partial<Record<RunState, number>> = {};
    let costMicroUsd = 0;
    for (const run of runs.values()) {
      states[run.state] = (states[run.state] ?? 0) + 1;
      costMicroUsd += run.costMicroUsd;
    }
    return { states, costMicroUsd };
  };
  let ended = 0;
  return {
    accept: (more) => {
      accepted += more;
    },
    see: (views, nowMs) => {
      for (const view of views) {
        const before = runs.get(view.id);
        if (isEnded(view.state) && (before === undefined || !isEnded(before.state))) ended++;
        runs.set(view.id, { state: view.state, costMicroUsd: view.cost.spentMicroUsd });
      }
      points = [...prunePoints(points, nowMs, cliLimits.rateWindowMs), { atMs: nowMs, ended }];
    },
    progress: (nowMs) => {
      const perSecond = rateOf(points, nowMs, cliLimits.rateWindowMs);
      const left = perSecond === undefined ? {} : { perSecond, leftMs: ((total - ended) * 1_000) / perSecond };
      return { total, accepted, ended, ...count(), elapsedMs: nowMs - startMs, ...left };
    },
  };
}
