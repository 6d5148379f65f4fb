/** What a load test says: response times, throughput and errors against the targets of the specification. Pure. */

/** One run of a load test as it ended. `waitMs` is absent where no worker ever took it. */
export type LoadEnd = {
  readonly succeeded: boolean;
  readonly responseMs: number;
  readonly waitMs: number | undefined;
  readonly costMicroUsd: number;
};

/** What is asked of an installation under load (the specification's targets). */
export const loadTargets = { p95Ms: 15_000, errorShare: 0.01 } as const;

/** `value` undefined: nothing was measured, which meets no target. */
export type LoadVerdict = {
  readonly name: "p95Ms" | "errorShare";
  readonly value: number | undefined;
  readonly below: number;
  readonly met: boolean;
};

/** Times in ms by the API's clock, of runs with a result; undefined where there is none. */
export type LoadReport = {
  readonly runs: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Runs that had not ended when time was up; each counts as an error. */
  readonly unfinished: number;
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly waitP95Ms: number | undefined;
  readonly runsPerSecond: number;
  readonly errorShare: number;
  readonly costMicroUsd: number;
  readonly wallMs: number;
  readonly targets: readonly LoadVerdict[];
};

/** The smallest value that at least this part of them does not exceed; undefined of none. */
export function percentile(values: readonly number[], part: number): number | undefined {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(part * ascending.length) - 1)];
}

/** The report of runs that ended, and of those that did not. Errors are runs that ended otherwise than with a result, or not at all. */
export function loadReport(ends: readonly LoadEnd[], more: { unfinished: number; wallMs: number }): LoadReport {
  const runs = ends.length + more.unfinished;
  const good = ends.filter(({ succeeded }) => succeeded);
  const times = good.map(({ responseMs }) => responseMs);
  const waits = ends.flatMap(({ waitMs }) => (waitMs === undefined ? [] : [waitMs]));
  const errorShare = runs === 0 ? 1 : (runs - good.length) / runs;
  const p95Ms = percentile(times, 0.95);
  const verdict = (name: LoadVerdict["name"], value: number | undefined): LoadVerdict => ({
    ...{ name, value, below: loadTargets[name] },
    met: value !== undefined && value < loadTargets[name],
  });
  return {
    runs,
    succeeded: good.length,
    failed: ends.length - good.length,
    ...more,
    p50Ms: percentile(times, 0.5),
    p95Ms,
    p99Ms: percentile(times, 0.99),
    waitP95Ms: percentile(waits, 0.95),
    runsPerSecond: more.wallMs > 0 ? (good.length * 1_000) / more.wallMs : 0,
    errorShare,
    costMicroUsd: ends.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0),
    targets: [verdict("p95Ms", p95Ms), verdict("errorShare", errorShare)],
  };
}
