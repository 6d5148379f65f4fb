import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { minuteOf } from "../../services/contract/metric-cells.ts";
import type { MetricStore } from "../../services/ports/metric-store.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

/** There is one set of metrics in an installation, so that each test has minutes of its own and looks at names of its own. */
export function metricStoreContract(name: string, make: Make<Made<MetricStore>>): void {
  describe(`MetricStore: ${name}`, () => {
    let made: Made<MetricStore>;
    const minute = minuteOf(suiteTimeMs);
    beforeAll(async () => {
      made = await make();
      // Before anything else: nothing is known of an installation that measured nothing.
      await made.port.add({ role: "worker", atMs: suiteTimeMs, cells: {} });
      const nothing = { sinceMs: undefined, totals: {}, minutes: new Map(), gauges: undefined };
      expect(await made.port.read(0)).toEqual(nothing);
      await made.port.add({ role: "worker", atMs: suiteTimeMs, cells: { First: 1 } });
    });
    afterAll(() => made.dispose());

    test("pages of many processes add up: in all, and minute by minute", async () => {
      const add = (role: "worker" | "api", afterMs: number, cells: Record<string, number>) =>
        made.port.add({ role, atMs: suiteTimeMs + 600_000 + afterMs, cells });
      await add("worker", 0, { RunsFailed: 2, "RunWait.high.7": 3 });
      await Promise.all([
        add("worker", 0, { RunsFailed: 1, "RunWait.high.sum": 900 }),
        add("api", 0, { RunsFailed: 4, RunsAccepted: 5 }),
        add("worker", 60_000, { RunsFailed: 10 }),
      ]);
      const first = { RunsFailed: 7, RunsAccepted: 5, "RunWait.high.7": 3, "RunWait.high.sum": 900 };
      const seen = await made.port.read(minute + 10);
      expect(seen.sinceMs).toBe(suiteTimeMs);
      expect(seen.totals).toMatchObject({ ...first, RunsFailed: 17, First: 1 });
      expect([...seen.minutes.keys()].toSorted((a, b) => a - b)).toEqual([minute + 10, minute + 11]);
      expect(seen.minutes.get(minute + 10)).toEqual(first);
      expect(seen.minutes.get(minute + 11)).toEqual({ RunsFailed: 10 });
      expect([...(await made.port.read(minute + 11)).minutes.keys()]).toEqual([minute + 11]);
    });

    test("a page may have a value in every bucket of every series", async () => {
      const cells = Object.fromEntries(Array.from({ length: 220 }, (_, i) => [`RunWait.low.${i}`, i + 1]));
      await made.port.add({ role: "controller", atMs: suiteTimeMs, cells });
      expect((await made.port.read(minute)).totals).toMatchObject(cells);
    });

    test("of gauges only the last are there, fractions too", async () => {
      for (const value of [1.5, 2.25])
        await made.port.publish({ atMs: suiteTimeMs, values: { "SlotsUsed.spot": value } });
      expect((await made.port.read(minute)).gauges).toEqual({ atMs: suiteTimeMs, values: { "SlotsUsed.spot": 2.25 } });
    });
  });
}
