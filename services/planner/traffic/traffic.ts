/** Submissions as the model of the fleet reads them: columns, because a week of a large fleet has a million of them. */
import type { Lane } from "../../contract/ids.ts";
import { HOUR } from "../../contract/units.ts";

/** A span of time with a name, such as a burst whose waits are looked at by themselves. */
export type Span = { readonly name: string; readonly fromMs: number; readonly untilMs: number };

/** One submission: when, how long it is active (ms, waits excluded), in which lane. */
export type Submission = {
  readonly atMs: number;
  readonly activeMs: number;
  readonly lane: Lane;
  /** Model calls of the run, where they are known. */
  readonly calls?: number | undefined;
};

/**
 * Columns of the same length, ascending by `atMs` (ms since 1970). `lane` is an index into `lanes`. `callsPerRunMinute`: calls of an
 * active run in a minute while nothing makes it wait; absent: the traffic does not say.
 */
export type Traffic = {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly atMs: Float64Array;
  readonly activeMs: Float64Array;
  readonly lane: Uint8Array;
  readonly callsPerRunMinute: number | undefined;
  readonly spans: readonly Span[];
};

/** The traffic's first span, or where it names none, the hour with the most work submitted. */
export function busiestSpan({ spans, startMs, endMs, atMs, activeMs }: Traffic): Span {
  const [named] = spans;
  if (named !== undefined) return named;
  const work = new Float64Array(Math.max(1, Math.ceil((endMs - startMs) / HOUR)));
  atMs.forEach((at, run) => {
    const hour = Math.floor((at - startMs) / HOUR);
    work[hour] = (work[hour] ?? 0) + (activeMs[run] ?? 0);
  });
  const fromMs = startMs + work.indexOf(Math.max(...work)) * HOUR;
  return { name: "busiest hour", fromMs, untilMs: fromMs + HOUR };
}
