/** What a deployment costs: a month of nothing, line by line, and the specification's capacity plans at today's prices. */
import { afterAll, describe, expect, test } from "vitest";
import type { DeploymentFile } from "../../lib/config/deployment.ts";
import { pool } from "../../services/contract/ids.ts";
import { metricNames, metricOf, seriesOf } from "../../services/contract/metrics.ts";
import type { ProfileName } from "../../services/contract/profiles.ts";
import { idleShiftAtMost } from "../support/idle-usage.ts";
import { billOf, billText, type Idle, type Line, resourcesOf, sumOf } from "./bill/bill.ts";
import { planMonth, plans } from "./bill/plans.ts";
import { templatesOf } from "./synth.ts";

/** What the specification of this product asks for: the default installation costs less than this while nothing runs. */
const MOST_IDLE_USD = 25;

/** Every series that CloudWatch could have of this installation; what AWS measures itself is not written a second time. */
const pools = pool.options.filter((one) => one !== "local");
const series = metricNames
  .filter((name) => metricOf(name).ofAws === undefined)
  .flatMap((name) => seriesOf(name, pools));

/**
 * What templates do not say. A shift looks once a second whether it may end, and its calls take some milliseconds each on AWS. A
 * worker's image has some 60 MB compressed; five of them are kept.
 */
const idle: Idle = {
  shift: idleShiftAtMost,
  shiftSeconds: 4,
  shiftLogBytes: 4_096,
  metricSeries: series.length,
  imageGb: 0.3,
};
const told: string[] = [];

afterAll(() => {
  process.stdout.write(`\n${told.join("\n\n")}\n`);
});

const bill = (file: DeploymentFile): Line[] => billOf(resourcesOf(Object.values(templatesOf(file))), idle);

describe("while nothing is queued and nothing runs", () => {
  test(`the default installation costs less than $${MOST_IDLE_USD} a month`, () => {
    const lines = bill({});
    told.push(`trial, idle:\n${billText(lines)}`);
    expect(sumOf(lines)).toBeLessThan(MOST_IDLE_USD);
    // Something is billed: an empty list would be cheap too.
    expect(lines.find(({ what }) => what === "controller: time")?.usd).toBeGreaterThan(0);
    expect(lines.filter(({ what }) => what.startsWith("machines of")).map(({ usd }) => usd)).toEqual([0, 0]);
  });

  test("a controller that never slept would cost more than all the rest of its line", () => {
    const awake = billOf(resourcesOf(Object.values(templatesOf())), { ...idle, shiftSeconds: 57 });
    expect(sumOf(awake)).toBeGreaterThan(sumOf(bill({})) + 5);
  });

  test.each(["small", "standard", "large", "surge"] as const)("%s costs what its floor costs", (profile) => {
    const lines = bill({ profile });
    told.push(`${profile}, idle:\n${billText(lines)}`);
    const machines = sumOf(lines.filter(({ what }) => what.startsWith("machines of")));
    expect(machines).toBeGreaterThan(0);
    expect(sumOf(lines) - machines).toBeLessThan(machines);
  });

  test("machines before known peaks are billed for their hours, where there are any", () => {
    const hours = (file: DeploymentFile) => bill(file).find(({ what }) => what.includes("known peaks"))?.quantity;
    // 50 machines for two hours of a working day, 20 for two of every day.
    expect(hours({ profile: "surge" })).toBeCloseTo(((50 * 2 * 5) / 7 + 20 * 2) * (730 / 24), 3);
    expect(hours({})).toBeUndefined();
  });

  test("networks without addresses, and a firewall, are on the bill", () => {
    const plain = sumOf(bill({}));
    expect(sumOf(bill({ network: { kind: "private" } })) - plain).toBeGreaterThan(3 * 0.045 * 700);
    expect(sumOf(bill({ api: { waf: true } })) - plain).toBeCloseTo(7, 1);
  });

  test("a resource of which nobody said what it costs is refused", () => {
    const unknown = [{ type: "AWS::RDS::DBInstance", properties: {} }];
    expect(() => billOf(unknown, idle)).toThrow("AWS::RDS::DBInstance: nobody said what it costs");
  });
});

describe("the specification's capacity plans, all month", () => {
  test.each(plans)("$name", (plan) => {
    const { lines, usd, reservedUsd } = planMonth(plan);
    told.push(
      `${plan.name}: $${usd.toFixed(0)} a month, $${reservedUsd.toFixed(0)} with a Savings Plan; the specification says $${plan.specUsd}\n${billText(lines)}`,
    );
    // Within half as much again: its Spot prices are 75 % below On-Demand, ours 60 %, and it leaves out disks and addresses.
    expect(usd).toBeGreaterThan(plan.specUsd);
    expect(reservedUsd).toBeLessThan(1.5 * plan.specUsd);
    const { pools } = templatesOfProfile(plan.profile);
    expect(pools).toBeGreaterThanOrEqual(plan.spot + plan.onDemand);
  });
});

/** Machines that a profile's groups may have. */
function templatesOfProfile(profile: ProfileName): { readonly pools: number } {
  const groups = Object.values(templatesOf({ profile }).fleet.findResources("AWS::AutoScaling::AutoScalingGroup"));
  return { pools: groups.reduce((sum, { Properties }) => sum + Number(Properties.MaxSize), 0) };
}
