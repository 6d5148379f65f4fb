/** The charts that are worth showing alone, by file name. */
import type { PlanResult } from "../plan.ts";
import { busiestSpan } from "../traffic/traffic.ts";
import { costChart, slotsChart, waitingChart } from "./charts.ts";
import { around } from "./series.ts";

/** SVG texts: cost, runs that wait in the first burst, slots of each policy in that burst and over all of the time. */
export function reportPictures(result: PlanResult): Readonly<Record<string, string>> {
  const { traffic } = result.request;
  const burst = around(busiestSpan(traffic));
  const all = { fromMs: traffic.startMs, untilMs: traffic.endMs };
  const slots = result.outcomes
    .filter(({ outcome }) => outcome.policy !== "fixed")
    .flatMap(({ outcome }) => [
      [`slots-${outcome.policy}-burst.svg`, slotsChart(result, outcome, burst)] as const,
      [`slots-${outcome.policy}.svg`, slotsChart(result, outcome, all)] as const,
    ]);
  return {
    "cost.svg": costChart(result.outcomes),
    "waiting-burst.svg": waitingChart(result, burst),
    ...Object.fromEntries(slots),
  };
}
