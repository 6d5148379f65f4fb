/** The charts of a plan. */
import type { Lane } from "../../contract/ids.ts";
import { MINUTE } from "../../contract/units.ts";
import type { PlannedPool } from "../fleet.ts";
import type { PlannedOutcome, PlanResult } from "../plan.ts";
import { waitsOverTime } from "../summary/waits.ts";
import type { Outcome } from "../world/simulate.ts";
import { type ChartSize, drawChart } from "./chart.ts";
import { derive, highest, type Point, type Window } from "./series.ts";

const POINTS = 480;
/** What of the time is shown, and how large. */
export type View = Window & { readonly size?: ChartSize };

const WIDE: ChartSize = { width: 960, height: 260 };

/** Colours that are told apart by those who see few, and on paper. */
const poolColours = { "on-demand": "#4477aa", spot: "#66ccee", "fargate-spot": "#ccbb44", fargate: "#ee6677" } as const;
const laneColours: Readonly<Record<Lane, string>> = { high: "#aa3377", normal: "#4477aa", low: "#bbbbbb" };
const policyColours: Readonly<Record<string, string>> = {
  step: "#ccbb44",
  backlog: "#4477aa",
  predictive: "#228833",
  cloudwatch: "#ee6677",
  fixed: "#bbbbbb",
};
const stacked = ["on-demand", "spot", "fargate-spot", "fargate"] as const satisfies readonly PlannedPool[];

const grid = { left: 64, right: 16, top: 40, bottom: 28 };
/** Days by their names, hours by the clock; UTC. */
const timeAxis = {
  type: "time",
  axisLabel: {
    hideOverlap: true,
    formatter: { year: "{ee} {d}", month: "{ee} {d}", day: "{ee} {d}", hour: "{HH}:{mm}" },
  },
} as const;
const valueAxis = (more: object = {}) => ({ type: "value", min: 0, ...more }) as const;
const legend = {
  top: 4,
  right: 16,
  itemWidth: 12,
  itemHeight: 8,
  itemGap: 18,
  icon: "roundRect",
  textStyle: { fontSize: 11 },
};

const line = (name: string, data: readonly Point[], colour: string) => ({
  type: "line" as const,
  name,
  data: data.map(([at, value]) => [at, value === undefined ? null : Number(value.toPrecision(4))]),
  showSymbol: false,
  lineStyle: { width: 1.5, color: colour },
  itemStyle: { color: colour },
});

const titled = (text: string) => ({ title: { text, left: 8, top: 2, textStyle: { fontSize: 13 } }, legend, grid });

/** Machines of each pool in slots, stacked, under the demand: runs that wait and run. */
export function slotsChart(result: PlanResult, { samples, policy }: Outcome, window: View): string {
  const { pools } = result.request.plan;
  const areas = stacked.map((pool) => {
    const slots = derive(samples, (row) => (samples.machines[pool][row] ?? 0) * pools[pool].slotsPerMachine);
    const series = line(pool, highest(samples, slots, { ...window, points: POINTS }), poolColours[pool]);
    return {
      ...series,
      stack: "slots",
      lineStyle: { width: 0 },
      areaStyle: { color: poolColours[pool], opacity: 0.75 },
    };
  });
  const demand = derive(samples, (row) => (samples.waiting[row] ?? 0) + (samples.active[row] ?? 0));
  const series = [...areas, line("demand", highest(samples, demand, { ...window, points: POINTS }), "#222222")];
  return drawChart(
    { ...titled(`${policy}: slots by pool against demand`), xAxis: timeAxis, yAxis: valueAxis(), series },
    window.size ?? WIDE,
  );
}

/** 95th percentile of the waits of those who came in each ten minutes (each minute in a short window), by lane. */
export function waitsChart({ request }: PlanResult, { waitedMs, policy }: Outcome, window: View): string {
  const { traffic } = request;
  const stepMs = window.untilMs - window.fromMs > 12 * 60 * MINUTE ? 10 * MINUTE : MINUTE;
  const { atMs, p95Ms } = waitsOverTime(traffic, waitedMs, { ...window, stepMs });
  const series = (["low", "normal", "high"] as const).map((lane) => {
    const points = atMs.map((at, i): Point => {
      const ms = p95Ms[lane][i];
      return [at, ms === undefined ? undefined : ms / 1_000];
    });
    return line(lane, points, laneColours[lane]);
  });
  return drawChart(
    {
      ...titled(`${policy}: wait for a slot in seconds, 95th percentile by lane`),
      xAxis: timeAxis,
      yAxis: valueAxis(),
      series,
    },
    window.size ?? WIDE,
  );
}

/** Part of the slots that run something. */
export function useChart(_: PlanResult, { samples, policy }: Outcome, window: View): string {
  const use = derive(samples, (row) => {
    const slots = samples.slots[row] ?? 0;
    return slots === 0 ? 0 : Math.min(100, (100 * (samples.active[row] ?? 0)) / slots);
  });
  const series = [line("slots in use", highest(samples, use, { ...window, points: POINTS }), "#228833")];
  return drawChart(
    { ...titled(`${policy}: slots in use, percent`), xAxis: timeAxis, yAxis: valueAxis({ max: 100 }), series },
    window.size ?? WIDE,
  );
}

/** Runs that wait, by policy, in a window. */
export function waitingChart({ outcomes }: PlanResult, window: View): string {
  const series = outcomes.map(({ outcome: { samples, policy } }) =>
    line(policy, highest(samples, samples.waiting, { ...window, points: POINTS }), policyColours[policy] ?? "#222222"),
  );
  return drawChart(
    { ...titled("runs that wait for a slot"), xAxis: timeAxis, yAxis: valueAxis(), series },
    window.size ?? WIDE,
  );
}

/** Cost of a month by pool, a bar for each policy. */
export function costChart(outcomes: readonly PlannedOutcome[], size: ChartSize = WIDE): string {
  const series = stacked.map((pool) => ({
    type: "bar" as const,
    name: pool,
    stack: "usd",
    itemStyle: { color: poolColours[pool] },
    barMaxWidth: 70,
    data: outcomes.map(({ summary }) => Math.round(summary.usdPerMonth[pool])),
  }));
  const names = outcomes.map(({ outcome }) => (outcome.policy === "fixed" ? "fixed fleet" : outcome.policy));
  const xAxis = { type: "category", data: names } as const;
  return drawChart({ ...titled("cost a month in USD, by pool"), xAxis, yAxis: valueAxis(), series }, size);
}
