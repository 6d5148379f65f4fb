/** The tables of a plan: titles and cells, for the terminal and the report alike. */
import { capacityPlans, pricePlan } from "../advice/capacity-plans.ts";
import type { PlannedOutcome, PlanResult } from "../plan.ts";
import { totalOf } from "../summary/costs.ts";
import { dollars, percent, smallDollars, time, whole } from "./words.ts";

/** A table; the first column is text, the others are figures. */
export type Rows = { readonly titles: readonly string[]; readonly cells: readonly (readonly string[])[] };

const nameOf = ({ outcome }: PlannedOutcome): string => (outcome.policy === "fixed" ? "fixed fleet" : outcome.policy);

/** The policies side by side. */
export function policyRows({ outcomes, request }: PlanResult): Rows {
  const spans = request.traffic.spans.map(({ name }) => `${name} p95`);
  return {
    titles: [
      "policy",
      "wait p50",
      "p95",
      "max",
      ...spans,
      "decision p95",
      "cost",
      "saved",
      "a month",
      "agent-hour",
      "in use",
    ],
    cells: outcomes.map((planned) => {
      const { waits, decisionDelayP95Ms, costUsd, savedShare, usdPerMonth, usdPerAgentHour, utilisation } =
        planned.summary;
      return [
        nameOf(planned),
        time(waits.all.p50Ms),
        time(waits.all.p95Ms),
        time(waits.all.maxMs),
        ...waits.spans.map(({ p95Ms }) => time(p95Ms)),
        time(decisionDelayP95Ms),
        dollars(costUsd),
        planned.outcome.policy === "fixed" ? "-" : percent(savedShare),
        dollars(totalOf(usdPerMonth)),
        smallDollars(usdPerAgentHour),
        percent(utilisation),
      ];
    }),
  };
}

/** Waits by lane. */
export const laneRows = ({ outcomes }: PlanResult): Rows => ({
  titles: ["policy", "high p50", "p95", "max", "normal p50", "p95", "max", "low p50", "p95", "max"],
  cells: outcomes.map((planned) => [
    nameOf(planned),
    ...(["high", "normal", "low"] as const).flatMap((lane) => {
      const waits = planned.summary.waits.lanes[lane];
      return [time(waits?.p50Ms), time(waits?.p95Ms), time(waits?.maxMs)];
    }),
  ]),
});

/** Cost of a month and machine-hours by pool. */
export const poolRows = ({ outcomes }: PlanResult): Rows => ({
  titles: ["policy", "On-Demand", "Spot", "Fargate Spot", "Fargate", "sum a month", "interrupted", "runs moved"],
  cells: outcomes.map((planned) => {
    const { usdPerMonth, interruptions, released } = planned.summary;
    const { "on-demand": onDemand, spot, "fargate-spot": fargateSpot, fargate } = usdPerMonth;
    const usd = [onDemand, spot, fargateSpot, fargate, totalOf(usdPerMonth)].map(dollars);
    return [nameOf(planned), ...usd, whole(interruptions), whole(released)];
  }),
});

/** What the drought and the outage did; empty when there were none. */
export function disturbanceRows({ outcomes, disturbed }: PlanResult): Rows | undefined {
  if (disturbed.droughts.length + disturbed.down.length === 0) return undefined;
  return {
    titles: [
      "policy",
      "refused",
      "fallback after",
      "Spot again after",
      "extra cost",
      "ended",
      "at work in the end",
      "never started",
    ],
    cells: outcomes
      .filter(({ outcome }) => outcome.policy !== "fixed")
      .map((planned) => {
        const { fallback, extraCostUsd, ended, waits } = planned.summary;
        return [
          nameOf(planned),
          whole(fallback?.refused ?? 0),
          time(fallback?.fallbackMs),
          time(fallback?.returnMs),
          extraCostUsd === undefined ? "-" : dollars(extraCostUsd),
          whole(ended),
          whole(waits.all.runs - ended - waits.all.never),
          whole(waits.all.never),
        ];
      }),
  };
}

/** Slots by type of machine, cheapest first. */
export const typeRows = ({ advice }: PlanResult): Rows => ({
  titles: ["type", "slots", "Spot, slot-hour", "On-Demand, slot-hour", "MiB a slot"],
  cells: advice.types.map(({ type, slots, spotUsd, onDemandUsd, memoryMibPerSlot }) => [
    type,
    whole(slots),
    smallDollars(spotUsd),
    smallDollars(onDemandUsd),
    whole(memoryMibPerSlot),
  ]),
});

/** The specification's plans at today's prices; USD a month. */
export const planRows = ({ request }: PlanResult): Rows => ({
  titles: [
    "plan",
    "slots",
    "said",
    "today",
    "bare, Spot at $0.068",
    "of Spot price",
    "of addresses, disks",
    "savings plan",
  ],
  cells: capacityPlans.map((plan) => {
    const priced = pricePlan(plan, request.plan.spotDiscount);
    const { slots, todayUsd, atSaidSpotUsd, differences, savingsPlanUsd } = priced;
    return [
      `${plan.name} (${plan.runs})`,
      whole(slots),
      dollars(plan.saidUsd),
      dollars(todayUsd),
      dollars(atSaidSpotUsd),
      dollars(differences.spotPrice),
      dollars(differences.addressesAndDisks),
      dollars(-savingsPlanUsd),
    ];
  }),
});
