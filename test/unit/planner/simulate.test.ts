/** The model of the fleet: nothing is lost, the same seed gives the same, and each actor keeps its times. */
import { describe, expect, test } from "vitest";
import { fleetFile, planFleet } from "../../../services/planner/fleet.ts";
import { fallbackOf } from "../../../services/planner/summary/fallback.ts";
import { peakOf } from "../../../services/planner/traffic/occupancy.ts";
import { readTraffic } from "../../../services/planner/traffic/read-traffic.ts";
import { type Outcome, type PlannedPolicy, type Scenario, simulate } from "../../../services/planner/world/simulate.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-11-02T12:00:00Z");

/** A quiet quarter of an hour, then `burst` runs a second for five minutes, each for two minutes. */
function traffic(burst: number) {
  const line = (atMs: number) => `${atMs},${2 * MINUTE}`;
  const quiet = Array.from({ length: 90 }, (_, i) => line(START + i * 10_000));
  const busy = Array.from({ length: burst * 300 }, (_, i) => line(START + 15 * MINUTE + (i * 1_000) / burst));
  const tail = [line(START + 50 * MINUTE)];
  const read = readTraffic("burst", ["submittedAt,activeMs", ...quiet, ...busy, ...tail].join("\n"));
  if (read.kind === "wrong") throw new Error(read.what.join("\n"));
  return read.traffic;
}

const plan = planFleet(fleetFile.parse({ profile: "standard", prewarm: false, pools: { "on-demand": { min: 2 } } }));
const burst = traffic(10);

function play(policy: PlannedPolicy, more: Partial<Scenario> = {}): Outcome {
  const common = { traffic: burst, plan, seed: 1, peakRuns: peakOf(burst), feed: undefined, profile: undefined };
  const playing = simulate({ ...common, kick: true, droughts: [], down: [], policy, ...more });
  for (;;) {
    const step = playing.next();
    if (step.done === true) return step.value;
  }
}

const calm = play("backlog");
const longest = ({ waitedMs }: Outcome): number => Math.max(...waitedMs);
const pausedSpan = { name: "disturbed", fromMs: START + 15 * MINUTE, untilMs: START + 25 * MINUTE };

describe.each(["step", "backlog", "predictive", "cloudwatch", "fixed"] as const)("%s", (policy) => {
  const outcome = play(policy);

  test("every run gets a slot and ends", () => {
    expect(outcome.ended).toBe(burst.atMs.length);
    expect([...outcome.waitedMs].some(Number.isNaN)).toBe(false);
    const hours = burst.activeMs.reduce((sum, ms) => sum + ms, 0) / 3_600_000;
    expect(outcome.agentHours / hours).toBeCloseTo(1, 2);
  });

  test("the same seed gives the same", () => {
    const again = play(policy);
    expect(again.machineHours).toEqual(outcome.machineHours);
    expect([...again.waitedMs]).toEqual([...outcome.waitedMs]);
  });
});

test("a kick decides within three seconds, the clock alone within twelve", () => {
  expect(Math.max(...calm.decisionDelaysMs)).toBeLessThan(3_000);
  const slow = Math.max(...play("backlog", { kick: false }).decisionDelaysMs);
  expect(slow).toBeLessThan(12_000);
  expect(slow).toBeGreaterThan(3_000);
});

test("CloudWatch sees three bad minutes and a late metric before it acts, the controller does not", () => {
  const alarm = play("cloudwatch").launches.find(({ kind }) => kind === "launched");
  expect((alarm?.atMs ?? 0) - (START + 15 * MINUTE)).toBeGreaterThan(3 * MINUTE);
  expect(longest(play("cloudwatch"))).toBeGreaterThan(longest(calm));
});

test("without Spot machines tasks come within half a minute, and Spot machines again afterwards", () => {
  // The demand goes on after the drought, so that there is a reason to come back.
  const long = { name: "dry", fromMs: START + 15 * MINUTE, untilMs: START + 17 * MINUTE };
  const outcome = play("backlog", { droughts: [long] });
  const { refused, fallbackMs, returnMs } = fallbackOf(outcome.launches, long);
  expect(refused).toBeGreaterThan(0);
  expect(fallbackMs).toBeLessThan(30_000);
  expect(returnMs).toBeDefined();
  expect(outcome.ended).toBe(burst.atMs.length);
});

test("without a controller CloudWatch carries on, and nothing thrashes when it is back", () => {
  const outcome = play("backlog", { down: [pausedSpan] });
  const inOutage = outcome.launches.filter(({ atMs }) => atMs >= pausedSpan.fromMs && atMs < pausedSpan.untilMs);
  expect(inOutage.some(({ kind, pool }) => kind === "launched" && pool === "spot")).toBe(true);
  expect(outcome.ended).toBe(burst.atMs.length);
  const back = outcome.launches.filter(({ atMs }) => atMs >= pausedSpan.untilMs);
  expect(back.length).toBeLessThan(5);
});

test("a model rate that is too low makes runs slower, and no more slots than it feeds are launched", () => {
  const feed = { callsPerMinute: 60, callsPerRunMinute: 1 };
  const outcome = play("backlog", { feed });
  const most = Math.max(...outcome.samples.slots);
  expect(most).toBeLessThanOrEqual(feed.callsPerMinute * 1.2 + plan.pools.spot.slotsPerMachine);
  expect(outcome.ended).toBeLessThan(burst.atMs.length);
  expect(Math.max(...calm.samples.slots)).toBeGreaterThan(most);
});

test("interrupted machines give their runs back, and all of them end", () => {
  const risky = planFleet(
    fleetFile.parse({
      profile: "standard",
      prewarm: false,
      pools: { spot: { interruptedPerHour: 1, min: 10 }, "on-demand": { min: 2 } },
    }),
  );
  const outcome = play("backlog", { plan: risky });
  expect(outcome.interruptions).toBeGreaterThan(0);
  expect(outcome.released).toBeGreaterThan(0);
  expect(outcome.ended).toBe(burst.atMs.length);
});
