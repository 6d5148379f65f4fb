/** What is judged of pools: breaker, missing machines, shares, machines and their workers. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { machineId, type PoolBreaker } from "../../../../services/contract/capacity.ts";
import type { WorkerItem } from "../../../../services/contract/fleet.ts";
import { limits } from "../../../../services/contract/limits.ts";
import { type DatedPool, dated } from "../../../../services/core/capacity/first-seen.ts";
import { poolStateOf, workersByMachine } from "../../../../services/core/capacity/machines.ts";
import { type LaunchEvidence, stepPoolBreaker } from "../../../../services/core/capacity/pool-breaker.ts";
import { type SplitPool, split } from "../../../../services/core/capacity/split.ts";
import { missingOf, noteLevel } from "../../../../services/core/capacity/unfilled.ts";
import { aBeat } from "../../../support/builders.ts";
import { NOON } from "../../../support/capacity.ts";

const MINUTE = 60_000;

describe("the breaker of a pool", () => {
  const quiet: LaunchEvidence = {
    atMs: NOON,
    noCapacity: false,
    quota: false,
    missing: 0,
    bootsFail: false,
    newestMs: undefined,
    wanted: true,
  };
  const closed: PoolBreaker = { kind: "closed" };
  const open: PoolBreaker = { kind: "open", cause: "unfilled", atMs: NOON - MINUTE, probeAtMs: NOON, probes: 1 };
  const half: PoolBreaker = {
    kind: "half-open",
    cause: "unfilled",
    atMs: NOON - MINUTE,
    sinceMs: NOON - 10_000,
    untilMs: NOON + 1,
    probes: 2,
  };
  test.each([
    ["closed: nothing happened", closed, quiet, "closed"],
    ["closed: no capacity", closed, { ...quiet, noCapacity: true }, "open"],
    ["closed: machines do not come", closed, { ...quiet, missing: 1 }, "open"],
    ["closed: machines do not come up", closed, { ...quiet, bootsFail: true }, "open"],
    ["open: not yet", { ...open, probeAtMs: NOON + 1 }, quiet, "open"],
    ["open: due and wanted", open, quiet, "half-open"],
    ["open: due, nobody wants it", open, { ...quiet, wanted: false }, "closed"],
    ["half-open: nothing yet", half, quiet, "half-open"],
    ["half-open: a machine of before the probe", half, { ...quiet, newestMs: NOON - 10_001 }, "half-open"],
    ["half-open: a machine has come", half, { ...quiet, newestMs: NOON - 10_000 }, "closed"],
    ["half-open: refused", half, { ...quiet, noCapacity: true }, "open"],
    ["half-open: none came in time", half, { ...quiet, atMs: NOON + 1 }, "open"],
  ] as const)("%s", (_, state, evidence, kind) => {
    expect(stepPoolBreaker(state, evidence, NOON).kind).toBe(kind);
  });
  test("each failed probe doubles the wait, up to the longest; a quota waits its own time", () => {
    const waits = [0, 1, 2, 3, 20].map((probes) => {
      const after = stepPoolBreaker({ ...half, probes }, { ...quiet, noCapacity: true }, NOON);
      return after.kind === "open" ? after.probeAtMs - NOON : 0;
    });
    expect(waits).toEqual([1, 2, 4, 5, 5].map((minutes) => minutes * MINUTE));
    expect(stepPoolBreaker(closed, { ...quiet, quota: true, noCapacity: true }, NOON)).toMatchObject({
      cause: "quota",
      probeAtMs: NOON + limits.poolQuotaMs,
    });
  });
});

describe("machines that do not come", () => {
  const told = (...levels: readonly (readonly [number, number])[]) =>
    levels.reduce((before, [atMs, machines]) => noteLevel(before, machines, atMs), noteLevel([], 0, -60_000));
  test.each([
    ["told just now", told([0, 10]), 14_999, 0],
    ["told for long enough", told([0, 10]), 15_000, 10],
    ["a higher level since does not hide them", told([0, 10], [14_000, 90]), 15_000, 10],
    ["a lower level since takes them back", told([0, 10], [14_000, 3]), 15_000, 3],
    ["nothing was told before", noteLevel([], 10, 14_999), 15_000, 0],
  ])("%s", (_, levels, atMs, missing) => {
    expect(missingOf(levels, { existing: 0, launched: 0 }, atMs)).toBe(missing);
  });
  test("a pool that delivers is missing nothing, whatever is asked of it every time", () => {
    let levels = noteLevel([], 0, 0);
    for (let at = 10_000; at < 600_000; at += 10_000) {
      levels = noteLevel(levels, at / 1_000, at);
      expect(missingOf(levels, { existing: at / 1_000 - 10, launched: 0 }, at)).toBe(0);
      expect(levels.length).toBeLessThanOrEqual(limits.levelsMax);
    }
  });
  test("a service that launches 500 tasks a minute is missing nothing while they come, and everything once they stop", () => {
    const levels = told([0, 200]);
    expect(missingOf(levels, { existing: 166, launched: 125 }, 20_000)).toBe(0);
    expect(missingOf(levels, { existing: 166, launched: 0 }, 40_000)).toBe(34);
  });
  test("a pool that gives one now and then is missing the rest", () => {
    expect(missingOf(told([0, 200]), { existing: 3, launched: 1 }, 20_000)).toBe(197);
    expect(missingOf(told([0, 200]), { existing: 199, launched: 1 }, 20_000)).toBe(0);
  });
});

describe("sharing out", () => {
  const one = (pool: SplitPool["pool"], over: Partial<SplitPool> = {}): SplitPool => ({
    pool,
    share: 0,
    slotsEach: 10,
    min: 0,
    cap: 100,
    ...over,
  });
  const machines = (slots: number, pools: readonly SplitPool[], places = 0) =>
    Object.fromEntries([...split(slots, places, pools).parts].map(([pool, part]) => [pool, part.machines]));
  const three = (over: Partial<SplitPool> = {}) => [
    one("spot", { share: 0.7, ...over }),
    one("fargate-spot", { share: 0.1 }),
    one("fargate"),
    one("on-demand", { share: 0.2, min: 3 }),
  ];
  test("by share, the rest to the first", () => {
    expect(machines(1_000, three())).toEqual({ spot: 70, "fargate-spot": 10, fargate: 0, "on-demand": 20 });
    expect(machines(41, three())).toEqual({ spot: 2, "fargate-spot": 0, fargate: 0, "on-demand": 3 });
    expect(machines(0, three())).toEqual({ spot: 0, "fargate-spot": 0, fargate: 0, "on-demand": 3 });
  });
  test("what one cannot give comes from the next", () => {
    const { parts, short } = split(1_000, 0, three({ cap: 5 }));
    expect(parts.get("spot")).toEqual({ machines: 5, from: [] });
    expect(parts.get("fargate-spot")).toEqual({ machines: 75, from: ["spot"] });
    expect(short).toBe(0);
    expect(split(10_000, 0, three()).short).toBeGreaterThan(0);
  });
  test("enough for all while there is room, and never above a cap or below a minimum", () => {
    const part = fc.record({
      share: fc.constantFrom(0, 0.1, 0.2, 0.7),
      slotsEach: fc.integer({ min: 1, max: 100 }),
      min: fc.integer({ min: 0, max: 5 }),
      cap: fc.integer({ min: 0, max: 50 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5_000 }),
        fc.integer({ min: 0, max: 20 }),
        fc.array(part, { minLength: 1, maxLength: 4 }),
        (slots, places, given) => {
          const names = ["spot", "fargate-spot", "fargate", "on-demand"] as const;
          const pools = given.map((two, i) => one(names[i] ?? "local", two));
          const { parts, short } = split(slots, places, pools);
          const all = pools.reduce((sum, { pool, slotsEach }) => sum + (parts.get(pool)?.machines ?? 0) * slotsEach, 0);
          if (short === 0) expect(all).toBeGreaterThanOrEqual(slots);
          else expect(pools.every(({ pool, cap }) => parts.get(pool)?.machines === cap)).toBe(true);
          for (const { pool, cap, min } of pools) {
            expect(parts.get(pool)?.machines).toBeLessThanOrEqual(cap);
            expect(parts.get(pool)?.machines).toBeGreaterThanOrEqual(Math.min(min, cap));
          }
        },
      ),
    );
  });
});

describe("machines and their workers", () => {
  const id = "i-0123456789abcdef0";
  const place = { instanceId: id };
  const seen: DatedPool = {
    kind: "known",
    pool: "spot",
    atMs: NOON,
    min: 0,
    max: 9,
    desired: 1,
    machines: [{ id: machineId.parse(id), launchedAtMs: NOON - MINUTE }],
  };
  const joined = (...workers: readonly WorkerItem[]) => {
    const state = poolStateOf(seen, workersByMachine(workers));
    return state.kind === "known" ? state.value.machines[0] : undefined;
  };
  const on = (over: Partial<WorkerItem>): WorkerItem => ({
    ...aBeat({ pool: "spot", place, slots: 16, active: 3 }),
    drain: false,
    inbox: [],
    ...over,
  });
  test("its slots are those of workers that take runs, its runs those of all", () => {
    expect(joined(on({}), on({ drain: true }), on({ mode: "CORDONED" }))).toMatchObject({
      kind: "working",
      takes: true,
      slots: 16,
      active: 9,
    });
  });
  test("a worker that has not heard its cordon may have taken a run since its last beat: the machine is not drained by that", () => {
    const unheard = on({ active: 0, inbox: [{ kind: "cordon" }] });
    expect(joined(unheard)).toMatchObject({ takes: true, active: 0 });
    expect(joined(unheard, on({ active: 0, mode: "CORDONED" }))).toMatchObject({ takes: true });
    expect(joined(on({ active: 0, mode: "CORDONED" }))).toMatchObject({ takes: false });
  });
  test("it is silent since its last worker died, or since it was launched", () => {
    expect(joined()).toMatchObject({ kind: "silent", sinceMs: NOON - MINUTE });
    expect(joined(on({ buriedAtMs: NOON - 5 }))).toMatchObject({ kind: "silent", sinceMs: NOON - 5 });
    expect(joined(on({ place: { instanceId: "i-00000000000000000" } }))).toMatchObject({ kind: "silent" });
  });
  test("a pool that cannot be seen is unknown", () => {
    expect(poolStateOf({ kind: "unknown", pool: "spot", because: "throttled" }, new Map())).toEqual({
      kind: "unknown",
      because: "throttled",
    });
  });
});

test("a machine whose pool does not say when it was launched is as old as its first sight; unseen for once, it is not forgotten", () => {
  const id = machineId.parse("i-0123456789abcdef0");
  const at = (atMs: number, machines: readonly { id: typeof id; launchedAtMs?: number }[]) =>
    [{ kind: "known" as const, pool: "spot" as const, atMs, min: 0, max: 9, desired: 1, machines }] as const;
  const first = dated(at(NOON, [{ id }]));
  const blind = dated([{ kind: "unknown", pool: "spot", because: "throttled" }], first.firstSeen);
  const later = dated(at(NOON + MINUTE, [{ id }]), blind.firstSeen);
  expect(later.pools).toMatchObject([{ machines: [{ id, launchedAtMs: NOON }] }]);
  expect(dated(at(NOON, []), first.firstSeen).firstSeen).toEqual({ spot: {} });
  expect(dated(at(NOON, [{ id, launchedAtMs: 7 }])).pools).toMatchObject([{ machines: [{ id, launchedAtMs: 7 }] }]);
});
