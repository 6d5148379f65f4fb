import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Backlog } from "../../../services/contract/backlog.ts";
import { tenantId } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import {
  activeQuota,
  heldBackBy,
  type Share,
  sayHeldBack,
  sayTenants,
  shareOf,
  sumActive,
} from "../../../services/core/tenant-cap.ts";
import { aBeat, aTimeMs } from "../../support/builders.ts";

const known = (workers: number, total: number, own: number): Share => ({ kind: "known", workers, total, own });

describe("quota of a worker, cap 10", () => {
  test.each([
    ["nothing is known: its own count is all there is", { kind: "unknown" } as const, 0.9, 10],
    ["nobody runs any: its part of the cap", known(2, 0, 0), 0, 5],
    ["room is left: what it has and its part of the room", known(2, 6, 4), 0, 6],
    ["alone: the whole cap", known(1, 3, 3), 0, 10],
    ["at the cap: what it has", known(4, 10, 3), 0.99, 3],
    ["at the cap and it has none", known(4, 10, 0), 0.99, 0],
    ["above the cap: its part of the cap", known(2, 20, 10), 0, 5],
    ["above the cap and it has none", known(2, 20, 0), 0.99, 0],
    ["a part below one, drawn low", known(40, 0, 0), 0.5, 0],
    ["a part below one, drawn high", known(40, 0, 0), 0.8, 1],
    ["no worker said that it takes runs", known(0, 0, 0), 0, 10],
    ["too new to be counted, and there is room: one", { kind: "uncounted", total: 9 } as const, 0.99, 1],
    ["too new to be counted, at the cap", { kind: "uncounted", total: 10 } as const, 0.99, 0],
  ])("%s", (_, share, fraction, quota) => {
    expect(activeQuota(10, share, fraction)).toBe(quota);
  });

  test("all workers together: within one run of each of the cap, and on average not above it", () => {
    const fleet = fc.array(fc.nat(20), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fleet, fc.integer({ min: 1, max: 200 }), (owns, max) => {
        const total = owns.reduce((sum, own) => sum + own, 0);
        const sumAt = (fraction: number): number =>
          owns.reduce((sum, own) => sum + activeQuota(max, known(owns.length, total, own), fraction), 0);
        expect(sumAt(0)).toBeLessThanOrEqual(max);
        expect(sumAt(0.999)).toBeLessThanOrEqual(max + owns.length);
        const draws = Array.from({ length: 100 }, (_unused, i) => sumAt(i / 100));
        expect(draws.reduce((sum, draw) => sum + draw, 0) / draws.length).toBeLessThanOrEqual(max + 0.01 * owns.length);
      }),
    );
  });
});

describe("share of a worker", () => {
  const acme = tenantId.parse("acme");
  const few = { kind: "few", total: 0 } as const;
  const published = (active?: Backlog["active"]): Backlog => ({
    atMs: aTimeMs,
    ...(active === undefined ? {} : { active }),
    lanes: { high: few, normal: few, low: few },
  });
  const sum = published({ workers: 3, tenants: { acme: 7 } });
  const at = { tenant: acme, nowMs: aTimeMs + 1 };
  const said = [
    { atMs: aTimeMs - 10_000, tenants: { acme: 3 } },
    { atMs: aTimeMs - 5_000, tenants: { acme: 2 } },
    { atMs: aTimeMs + 1, tenants: { acme: 6 } },
  ];

  test.each([
    ["nothing was published", undefined, 1],
    ["nobody counted active runs", published(), 1],
    ["it is old", sum, limits.backlogOldMs + 1],
  ])("is unknown where %s", (_, backlog, laterMs) => {
    expect(shareOf(backlog, said, { tenant: acme, nowMs: aTimeMs + laterMs })).toEqual({ kind: "unknown" });
  });

  test("counts as its own what it had said when the fleet was counted, and never more than there are", () => {
    expect(shareOf(sum, said, at)).toEqual(known(3, 7, 2));
    const nine = { atMs: aTimeMs, tenants: { acme: 9 } };
    expect(shareOf(sum, [...said.slice(0, 1), nine], at)).toEqual(known(3, 7, 3));
    expect(shareOf(sum, [nine, nine], at)).toEqual(known(3, 7, 7));
    expect(shareOf(sum, said, { ...at, tenant: tenantId.parse("rival") })).toEqual(known(3, 0, 0));
  });

  test.each([[[]], [said.slice(2)], [said.slice(1)]])("is none where the sum may lack it: %j", (few) => {
    expect(shareOf(sum, few, at)).toEqual({ kind: "uncounted", total: 7 });
  });

  const CLOCK_CAP = 400;
  const PART = CLOCK_CAP / 4;
  const ages = [50, 2_000, limits.backlogReadMs];

  /** What each of four workers may hold when it reads a sum of `ageMs` ago, after it had said these counts, one a beat. */
  const quotaOf = (counts: readonly number[], at: { ageMs: number; total: number; aheadSeconds: number }): number => {
    const nowMs = aTimeMs + at.ageMs + at.aheadSeconds * 1_000;
    const words = counts.map((acme, i) => ({
      atMs: nowMs - 100 - (counts.length - 1 - i) * limits.heartbeatMs,
      tenants: { acme },
    }));
    const sum = published({ workers: 4, tenants: { acme: at.total } });
    return activeQuota(CLOCK_CAP, shareOf(sum, words, { tenant: acme, nowMs }), 0);
  };

  describe.each([0, 8, 12, 20, 55, -8, -12, -20, -55])("of a worker whose clock is %i s ahead", (aheadSeconds) => {
    test.each(ages)("that has been there for long: its part of the cap, by a sum of %i ms", (ageMs) => {
      expect(quotaOf([0, 0, 0, 0], { ageMs, aheadSeconds, total: 0 })).toBe(PART);
      expect(quotaOf([100, 100, 100, 100], { ageMs, aheadSeconds, total: 400 })).toBe(PART);
      expect(quotaOf([50, 50, 50, 50], { ageMs, aheadSeconds, total: 200 })).toBe(PART);
      expect(quotaOf([0, 0, 100, 100], { ageMs, aheadSeconds, total: 400 })).toBeLessThanOrEqual(PART);
    });

    test.each(ages)("that is new takes one run, by a sum of %i ms", (ageMs) => {
      expect(quotaOf([0], { ageMs, aheadSeconds, total: 40 })).toBe(1);
      expect(quotaOf([0], { ageMs, aheadSeconds, total: CLOCK_CAP })).toBe(0);
    });
  });

  test.each([12, 20, 55])("does not count what it had before, where its clock is %i s ahead", (aheadSeconds) => {
    // The sum has one of its last two words.
    for (const ageMs of ages)
      expect(quotaOf([100, 100, 5, 5], { ageMs, aheadSeconds, total: 20 })).toBeLessThanOrEqual(PART);
  });

  test.each([2, 3])("is none for a worker with a clock ahead that has said %i words: the sum may lack it", (words) => {
    const late = Array.from({ length: words }, (_, i) => ({ atMs: aTimeMs + 20_000 + i * 5_000, tenants: {} }));
    expect(shareOf(sum, late, at)).toEqual({ kind: "uncounted", total: 7 });
  });

  test.each([
    [2, 6],
    [6, 2],
  ])("of what it said last, %i then %i, the sum may have only the first: the smaller counts", (first, second) => {
    const words = [first, second].map((acme, i) => ({ atMs: aTimeMs - 5_000 + i * 5_000, tenants: { acme } }));
    expect(shareOf(sum, [{ atMs: aTimeMs - 10_000, tenants: {} }, ...words], at)).toEqual(known(3, 7, 2));
  });
});

test("a beat names the largest tenants, in few bytes", () => {
  const counts = new Map(Array.from({ length: 60 }, (_, i) => [`tenant-${i}`, i] as const));
  const said = sayTenants(counts);
  expect(Object.keys(said)).toHaveLength(limits.beatTenants);
  expect(Math.min(...Object.values(said))).toBe(60 - limits.beatTenants);
  const long = sayTenants(
    new Map(Array.from({ length: 30 }, (_, i) => [`${i}-${"x".repeat(45)}`, 1_000_000] as const)),
  );
  expect(JSON.stringify(long).length).toBeLessThanOrEqual(limits.beatTenantBytes);
  expect(Object.keys(long).length).toBeGreaterThanOrEqual(5);
  expect(sayTenants(new Map())).toEqual({});
});

test("the sum is of all that are not buried; those that take no more runs are not among its workers", () => {
  const item = (overrides: Parameters<typeof aBeat>[0]) => ({ ...aBeat(overrides), drain: false, inbox: [] });
  const fleet = [
    item({ tenants: { acme: 2, rival: 1 } }),
    item({ tenants: { acme: 3 }, mode: "DRAINING" }),
    item({}),
    { ...item({ tenants: { acme: 50 } }), buriedAtMs: aTimeMs },
  ];
  expect(sumActive(fleet)).toEqual({ workers: 2, tenants: { acme: 5, rival: 1 } });
});

test("a beat names who was held back, the latest first, in few bytes; the buried say nothing any more", () => {
  const tenants = Array.from({ length: 60 }, (_, i) => tenantId.parse(`t-${i}`));
  expect(sayHeldBack(tenants)).toEqual(tenants.slice(0, limits.beatTenants));
  const long = sayHeldBack(tenants.map((tenant) => tenantId.parse(`${tenant}-${"x".repeat(40)}`)));
  expect(JSON.stringify(long).length).toBeLessThanOrEqual(limits.beatHeldBytes);
  expect(long.length).toBeGreaterThanOrEqual(3);
  const said = (heldBack: string[] | undefined, more = {}) => ({
    ...aBeat({ heldBack }),
    drain: false,
    inbox: [],
    ...more,
  });
  const fleet = [said(["a", "b"]), said(["b"]), said(undefined), said(["c"], { buriedAtMs: aTimeMs })];
  expect([...heldBackBy(fleet)]).toEqual(["a", "b"]);
});
