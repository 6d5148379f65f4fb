/**
 * Plays traffic against a fleet on a virtual clock, second by second. Exact in runs (each has its own start and end),
 * deterministic from the seed. Nothing here is a measurement of AWS: times and rates are those of the plan.
 */
import type { CapacityPolicy } from "../../contract/capacity-policy.ts";
import type { DemandProfile } from "../../contract/capacity-profile.ts";
import { HOUR, SECOND } from "../../contract/units.ts";
import { type FleetPlan, type PlannedPool, plannedPools } from "../fleet.ts";
import type { Span, Traffic } from "../traffic/traffic.ts";
import { Agenda } from "./agenda.ts";
import { ControllerDriver } from "./controller-driver.ts";
import { DecisionDelays } from "./decision-delays.ts";
import type { Driver, Stage } from "./driver.ts";
import { fixedDriver, fixedMachines, fixedPlan } from "./fixed-driver.ts";
import { Groups, type Launched } from "./groups.ts";
import { NativeDriver } from "./native-driver.ts";
import { Runs } from "./runs.ts";
import { Sampler, type Samples } from "./samples.ts";
import type { ModelFeed } from "./snapshot.ts";
import { VirtualFleet } from "./virtual-fleet.ts";

/** Who scales: one of the deployed policies, CloudWatch alone, or nobody. */
export type PlannedPolicy = CapacityPolicy["kind"] | "cloudwatch" | "fixed";

/** One simulation. `droughts`: spans without new Spot machines; `down`: spans without controller. */
export type Scenario = {
  readonly traffic: Traffic;
  readonly plan: FleetPlan;
  readonly policy: PlannedPolicy;
  readonly seed: number;
  readonly peakRuns: number;
  readonly feed: ModelFeed | undefined;
  /** The week as it was learned before; what the policy `predictive` foretells from. */
  readonly profile: DemandProfile | undefined;
  readonly kick: boolean;
  readonly droughts: readonly Span[];
  readonly down: readonly Span[];
};

/** What came of it. Waits in ms by run, in the order of the traffic (NaN: never got a slot). */
export type Outcome = {
  readonly policy: PlannedPolicy;
  readonly waitedMs: Float32Array;
  /** Of each submission that found no slot: time until a decision that knew of it. */
  readonly decisionDelaysMs: Float32Array;
  readonly machineHours: Readonly<Record<PlannedPool, number>>;
  readonly launches: readonly Launched[];
  readonly samples: Samples;
  readonly ended: number;
  readonly released: number;
  readonly interruptions: number;
  readonly decisions: number;
  readonly agentHours: number;
  readonly slotHours: number;
};

function driversOf(scenario: Scenario, stage: Stage, agenda: Agenda): readonly Driver[] {
  const { policy, plan, feed, profile, kick, down } = scenario;
  if (policy === "fixed") return [fixedDriver];
  if (policy === "cloudwatch") return [new NativeDriver({ stage, plan, watched: () => false })];
  const kind = { ...plan.policy, kind: policy };
  const controller = new ControllerDriver({ stage, plan, policy: kind, feed, profile, kick, down, agenda });
  return [controller, new NativeDriver({ stage, plan, watched: (nowMs) => !controller.isDown(nowMs) })];
}

/** Speed of all active runs: 1 while the model rate feeds them, less when their calls have to wait. */
const speedOf = (feed: ModelFeed | undefined, active: number): number =>
  feed === undefined || active === 0 ? 1 : Math.min(1, feed.callsPerMinute / (active * feed.callsPerRunMinute));

/** Plays it; yields the part that is done (0 to 1) after every simulated day. */
export function* simulate(scenario: Scenario): Generator<number, Outcome> {
  const { traffic, policy, seed, feed, droughts, peakRuns } = scenario;
  const fixed = policy === "fixed";
  const plan = fixed ? fixedPlan(scenario.plan, fixedMachines(scenario.plan, peakRuns)) : scenario.plan;
  const { startMs, endMs } = traffic;
  const agenda = new Agenda(startMs);
  const runs = new Runs(traffic);
  const fleet = new VirtualFleet({ plan, runs, agenda, seed });
  const groups = new Groups({ plan, fleet, agenda, droughts, startMs });
  const stage = { runs, fleet, groups };
  const drivers = driversOf({ ...scenario, plan }, stage, agenda);
  const sampler = new Sampler(startMs, endMs);
  const delays = new DecisionDelays();
  groups.begin(startMs);
  sampler.take(stage, startMs);
  let next = 0;
  let activeMs = 0;
  let slotMs = 0;
  for (let nowMs = startMs + SECOND; nowMs <= endMs; nowMs += SECOND) {
    runs.work(SECOND, speedOf(feed, runs.active), (machine) => fleet.freed(machine, nowMs));
    agenda.run(nowMs);
    groups.keep(nowMs);
    let starved = runs.waiting > 0;
    for (let atMs = traffic.atMs[next] ?? endMs; atMs < nowMs; atMs = traffic.atMs[++next] ?? endMs) {
      if (runs.waiting === 0 && fleet.place(next, atMs)) continue;
      runs.queue(next, atMs);
      delays.found(atMs);
      starved = true;
    }
    while (fleet.free > 0 && runs.waiting > 0) {
      const run = runs.next();
      if (run !== undefined) fleet.place(run, nowMs);
    }
    for (const driver of drivers) {
      driver.step(nowMs, starved);
      if (driver.decidedAtMs !== undefined) delays.decided(driver.decidedAtMs);
    }
    fleet.pay(SECOND);
    activeMs += runs.active * SECOND;
    slotMs += fleet.slots * SECOND;
    sampler.take(stage, nowMs);
    if ((nowMs - startMs) % (24 * HOUR) === 0) yield (nowMs - startMs) / (endMs - startMs);
  }
  return {
    policy,
    waitedMs: runs.waitedMs,
    decisionDelaysMs: delays.all,
    machineHours: hoursOf(fleet.paidMs),
    launches: groups.launches,
    samples: sampler.samples,
    ended: runs.ended,
    released: runs.released,
    interruptions: fleet.interruptions,
    decisions: drivers.reduce((sum, driver) => sum + (driver instanceof ControllerDriver ? driver.decisions : 0), 0),
    agentHours: activeMs / HOUR,
    slotHours: slotMs / HOUR,
  };
}

const hoursOf = (paidMs: Readonly<Record<PlannedPool, number>>): Record<PlannedPool, number> => {
  const hours = { spot: 0, "on-demand": 0, "fargate-spot": 0, fargate: 0 };
  for (const pool of plannedPools) hours[pool] = paidMs[pool] / HOUR;
  return hours;
};
