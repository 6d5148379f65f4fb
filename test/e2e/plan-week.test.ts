/** The reference week at 10,000 runs: what the planner promises of the policies, and of itself. About a minute of computing. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fleetFile, planFleet } from "../../services/planner/fleet.ts";
import { type PlanRequest, type PlanResult, planCapacity } from "../../services/planner/plan.ts";
import { reportHtml } from "../../services/planner/report/html.ts";
import { patternWeeks } from "../../services/planner/traffic/patterns.ts";
import { muster } from "../support/run-muster.ts";

const MINUTE = 60_000;
/** Wall time of a week on a machine that has much else to do. */
const PATIENCE_MS = 10 * MINUTE;
const weeks = patternWeeks("reference-week", 10_000, 1);
/** Without pre-warming: Monday's burst meets the On-Demand floor of the night and nothing else. */
const plan = planFleet(fleetFile.parse({ prewarm: false }));

function run(more: Partial<PlanRequest> = {}): PlanResult {
  const playing = planCapacity({
    ...{ ...weeks, plan, seed: 1, kick: true, droughtMs: 0, downMs: 0 },
    policies: ["backlog"],
    callsPerMinute: 10_000,
    callsPerRunMinute: 1,
    ...more,
  });
  for (;;) {
    const step = playing.next();
    if (step.done === true) return step.value;
  }
}

const figures = ({ outcomes }: PlanResult, name: string) => {
  const found = outcomes.find(({ outcome }) => outcome.policy === name);
  if (found === undefined) throw new Error(`${name} was not played`);
  return found.summary;
};

describe("the reference week, all policies", () => {
  let result: PlanResult;
  let cpuMs: number;
  beforeAll(() => {
    const before = process.cpuUsage();
    result = run({ policies: ["step", "backlog", "predictive", "cloudwatch"] });
    const { user, system } = process.cpuUsage(before);
    cpuMs = (user + system) / 1_000;
  }, PATIENCE_MS);

  test("takes less than a minute of computing and 2 GiB", () => {
    expect(cpuMs).toBeLessThan(MINUTE);
    expect(process.resourceUsage().maxRSS).toBeLessThan(2 * 1_024 * 1_024);
  });

  test.each(["step", "backlog", "predictive"])(
    "%s: in the Monday burst 95 of 100 wait less than a minute",
    (policy) => {
      const [monday] = figures(result, policy).waits.spans;
      expect(monday?.name).toBe("Monday burst");
      expect(monday?.p95Ms).toBeLessThan(MINUTE);
      expect(figures(result, policy).waits.all.never).toBe(0);
    },
  );

  test.each(["step", "backlog", "predictive"])("%s: decides within three seconds when kicked", (policy) => {
    expect(figures(result, policy).decisionDelayP95Ms).toBeLessThan(3_000);
  });

  test.each(["step", "backlog", "predictive"])(
    "%s: costs at least 60 parts of 100 less than the peak-sized fleet",
    (policy) => {
      expect(figures(result, policy).savedShare).toBeGreaterThanOrEqual(0.6);
    },
  );

  test("CloudWatch alone is slower and dearer than each of them", () => {
    const native = figures(result, "cloudwatch");
    for (const policy of ["step", "backlog", "predictive"]) {
      expect(native.waits.spans[0]?.p95Ms).toBeGreaterThan(figures(result, policy).waits.spans[0]?.p95Ms ?? 0);
      expect(native.costUsd).toBeGreaterThan(figures(result, policy).costUsd);
    }
  });

  test("the report shows all of them, and needs nothing but itself", () => {
    const html = reportHtml(result);
    for (const name of ["step", "backlog", "predictive", "cloudwatch", "fixed fleet"]) expect(html).toContain(name);
    expect(html).not.toMatch(/<script|<link|(src|href)="http/);
    expect(html.match(/<svg/g)?.length).toBeGreaterThan(10);
  });
});

test(
  "without a kick the decision comes within twelve seconds",
  () => {
    expect(figures(run({ kick: false }), "backlog").decisionDelayP95Ms).toBeLessThan(12_000);
  },
  PATIENCE_MS,
);

test(
  "300 calls a minute: no more is launched than they feed, and it costs no more than the floor",
  () => {
    const result = run({ callsPerMinute: 300 });
    const [backlog] = result.outcomes;
    const { spot } = backlog?.outcome.machineHours ?? {};
    expect(spot).toBeLessThan(1);
    expect(result.advice.modelTier.tier).toBe("Scale");
  },
  PATIENCE_MS,
);

test(
  "a Spot drought of 30 min in the burst: tasks within 30 s, Spot again after it, nothing lost",
  () => {
    const { fallback, extraCostUsd, waits } = figures(run({ droughtMs: 30 * MINUTE }), "backlog");
    expect(fallback?.refused).toBeGreaterThan(0);
    expect(fallback?.fallbackMs).toBeLessThan(30_000);
    expect(fallback?.returnMs).toBeLessThan(10 * MINUTE);
    expect(waits.all.never).toBe(0);
    expect(extraCostUsd).toBeDefined();
  },
  PATIENCE_MS,
);

test(
  "no controller for 10 min in the burst: CloudWatch adds machines, and all runs start",
  () => {
    const result = run({ downMs: 10 * MINUTE });
    const { fromMs = 0, untilMs = 0 } = result.disturbed.down[0] ?? {};
    const launches = result.outcomes[0]?.outcome.launches ?? [];
    const native = launches.filter(({ atMs, kind }) => kind === "launched" && atMs > fromMs && atMs < untilMs);
    expect(native.map(({ pool }) => pool)).toContain("spot");
    expect(figures(result, "backlog").waits.all.never).toBe(0);
  },
  PATIENCE_MS,
);

describe("npx muster plan", () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-plan-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("reads a file, writes a report, and prints one object on its last line", async () => {
    const lines = Array.from({ length: 500 }, (_, i) => `${Date.UTC(2026, 10, 2) + i * 1_000},30000,normal`);
    writeFileSync(join(folder, "t.csv"), ["submittedAt,activeMs,lane", ...lines].join("\n"));
    const done = await muster(["plan", "--traffic", "t.csv", "--profile", "small", "--out", "out", "--json"], {
      cwd: folder,
    });
    expect(done.stderr).not.toContain("Error");
    expect(done.code).toBe(0);
    expect(done.json()).toMatchObject({
      traffic: { runs: 500 },
      policies: [{ name: "step" }, {}, {}, {}, { name: "fixed" }],
    });
    expect(statSync(join(folder, "out/report.html")).size).toBeGreaterThan(50_000);
    expect(JSON.parse(readFileSync(join(folder, "out/plan.json"), "utf8"))).toMatchObject({ seed: 1 });
  });

  test.each([
    [["--traffic", "missing.csv"], "--traffic: "],
    [["--policy", "magic"], "--policy"],
    [["--drought", "long"], "--drought: a time such as 30m"],
    [["--peak", "0"], "--peak"],
  ])("%j is refused with the option's name", async (args, words) => {
    const done = await muster(["plan", ...args], { cwd: folder });
    expect(done.code).toBe(2);
    expect(done.stderr).toContain(words);
  });
});
