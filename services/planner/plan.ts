/** The capacity planner: what each policy would have done with this traffic, and what it would have cost. */
import { type DemandProfile, noDemandProfile } from "../contract/capacity-profile.ts";
import { MINUTE } from "../contract/units.ts";
import { type Advice, advise } from "./advice/advise.ts";
import type { FleetPlan } from "./fleet.ts";
import { type PolicySummary, summarize } from "./summary/summarize.ts";
import { occupancy, peakOf } from "./traffic/occupancy.ts";
import { busiestSpan, type Span, type Traffic } from "./traffic/traffic.ts";
import { learnWeek } from "./world/learn-week.ts";
import { type Outcome, type PlannedPolicy, type Scenario, simulate } from "./world/simulate.ts";
import type { ModelFeed } from "./world/snapshot.ts";

/** Policies that can be compared; the fixed fleet is always played, as the mark. */
export const comparedPolicies = [
  "step",
  "backlog",
  "predictive",
  "cloudwatch",
] as const satisfies readonly PlannedPolicy[];
export type ComparedPolicy = (typeof comparedPolicies)[number];

/** What is asked. `earlier`: traffic that the week was learned from. `droughtMs`, `downMs`: disturbances at the highest demand. */
export type PlanRequest = {
  readonly traffic: Traffic;
  readonly earlier: Traffic | undefined;
  readonly plan: FleetPlan;
  readonly policies: readonly ComparedPolicy[];
  readonly seed: number;
  readonly callsPerMinute: number | undefined;
  readonly callsPerRunMinute: number;
  readonly kick: boolean;
  readonly droughtMs: number;
  readonly downMs: number;
};

/** One policy: what came of it, and the figures. */
export type PlannedOutcome = { readonly outcome: Outcome; readonly summary: PolicySummary };

/** The answer. `outcomes` in the order that was asked for, the fixed fleet last. */
export type PlanResult = {
  readonly request: PlanRequest;
  readonly peakRuns: number;
  readonly meanRuns: number;
  readonly disturbed: { readonly droughts: readonly Span[]; readonly down: readonly Span[] };
  readonly outcomes: readonly PlannedOutcome[];
  readonly advice: Advice;
};

/** How far it is: which policy, and the part of it that is done. */
export type PlanProgress = { readonly policy: PlannedPolicy; readonly part: number };

function disturbances({ traffic, droughtMs, downMs }: PlanRequest): PlanResult["disturbed"] {
  const { fromMs } = busiestSpan(traffic);
  const span = (name: string, ms: number): Span[] => (ms > 0 ? [{ name, fromMs, untilMs: fromMs + ms }] : []);
  return { droughts: span("no Spot machines", droughtMs), down: span("no controller", downMs) };
}

function feedOf({ callsPerMinute, callsPerRunMinute }: PlanRequest): ModelFeed | undefined {
  return callsPerMinute === undefined ? undefined : { callsPerMinute, callsPerRunMinute };
}

/** Plays every policy; yields how far it is after each simulated day. The same request gives the same result. */
export function* planCapacity(request: PlanRequest): Generator<PlanProgress, PlanResult> {
  const { traffic, earlier, plan, seed, kick, policies } = request;
  const peakRuns = peakOf(traffic);
  const occupied = occupancy(traffic, MINUTE);
  const meanRuns = occupied.reduce((sum, now) => sum + now, 0) / occupied.length;
  const profile: DemandProfile | undefined = earlier && learnWeek(earlier);
  const disturbed = disturbances(request);
  const common = { traffic, plan, seed, peakRuns, feed: feedOf(request), kick };
  function* play(policy: PlannedPolicy, rest: Pick<Scenario, "droughts" | "down">): Generator<PlanProgress, Outcome> {
    const foretold = policy === "predictive" ? (profile ?? noDemandProfile) : undefined;
    const playing = simulate({ ...common, ...rest, policy, profile: foretold });
    for (;;) {
      const step = playing.next();
      if (step.done === true) return step.value;
      yield { policy, part: step.value };
    }
  }
  const calm = { droughts: [], down: [] };
  const fixed = yield* play("fixed", calm);
  const disturbs = disturbed.droughts.length + disturbed.down.length > 0;
  const outcomes: PlannedOutcome[] = [];
  for (const policy of policies) {
    const outcome = yield* play(policy, disturbed);
    const undisturbed = disturbs ? yield* play(policy, calm) : undefined;
    outcomes.push({ outcome, summary: summarize({ traffic, plan, outcome, fixed, undisturbed, disturbed }) });
  }
  outcomes.push({
    outcome: fixed,
    summary: summarize({ traffic, plan, outcome: fixed, fixed, undisturbed: undefined, disturbed: calm }),
  });
  return {
    request,
    peakRuns,
    meanRuns,
    disturbed,
    outcomes,
    advice: adviceOf(request, { peakRuns, meanRuns }, outcomes),
  };
}

/** Advice is on the policy that was asked for last, which is the one that a user compares the others with. */
function adviceOf(
  { plan, callsPerMinute, callsPerRunMinute }: PlanRequest,
  demand: { readonly peakRuns: number; readonly meanRuns: number },
  outcomes: readonly PlannedOutcome[],
): Advice {
  const advised =
    outcomes.find(({ outcome }) => outcome.policy === plan.policy.kind) ??
    outcomes.find(({ outcome }) => outcome.policy !== "fixed") ??
    outcomes[0];
  if (advised === undefined) throw new Error("no policy was played");
  const { machines, count } = advised.outcome.samples;
  let peakMachines = 0;
  for (let row = 0; row < count; row++) {
    const now = Object.values(machines).reduce((sum, column) => sum + (column[row] ?? 0), 0);
    peakMachines = Math.max(peakMachines, now);
  }
  return advise({
    plan,
    ...demand,
    peakMachines,
    onDemandMachines: machines["on-demand"],
    callsPerRunMinute,
    callsPerMinute,
  });
}
