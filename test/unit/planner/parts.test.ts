/** The small parts of the model: queues, lists, the agenda, launches. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fleetFile, planFleet } from "../../../services/planner/fleet.ts";
import { Agenda } from "../../../services/planner/world/agenda.ts";
import { DecisionDelays } from "../../../services/planner/world/decision-delays.ts";
import { LinkedRuns } from "../../../services/planner/world/linked-runs.ts";
import { PoolLaunches } from "../../../services/planner/world/pool-launches.ts";
import { WaitingLine } from "../../../services/planner/world/waiting-line.ts";

test("a line gives runs back in the order in which they came, however it grows", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(1_000_000), fc.constant("shift" as const)), { maxLength: 4_000 }), (steps) => {
      const line = new WaitingLine();
      const model: number[] = [];
      for (const step of steps) {
        if (step === "shift") expect(line.shift()).toBe(model.shift());
        else {
          line.push(step);
          model.push(step);
        }
        expect(line.first).toBe(model[0]);
        expect(line.size).toBe(model.length);
      }
    }),
    { numRuns: 30 },
  );
});

test("a line grows while its beginning is in the middle", () => {
  const line = new WaitingLine();
  for (let run = 0; run < 1_500; run++) {
    line.push(run);
    if (run % 3 === 0) line.shift();
  }
  const rest = Array.from({ length: line.size }, () => line.shift());
  expect(rest).toEqual(Array.from({ length: 1_000 }, (_, i) => 500 + i));
});

test("lists of runs are what sets of runs would be", () => {
  const step = fc.tuple(fc.nat(9), fc.nat(29), fc.boolean());
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const lists = new LinkedRuns(30, 2);
      const where = new Map<number, number>();
      for (const [list, run, remove] of steps) {
        const held = where.get(run);
        if (held !== undefined && remove) {
          lists.remove(held, run);
          where.delete(run);
        } else if (held === undefined && !remove) {
          lists.add(list, run);
          where.set(run, list);
        }
      }
      for (let list = 0; list < 10; list++) {
        const expected = [...where].filter(([, held]) => held === list).map(([run]) => run);
        expect(lists.all(list).toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b));
      }
    }),
  );
});

test("the agenda runs everything once, in its second, and what is late with the next", () => {
  const agenda = new Agenda(0);
  const ran: string[] = [];
  agenda.at(2_500, (nowMs) => ran.push(`a ${nowMs}`));
  agenda.at(1_000, (nowMs) => {
    ran.push(`b ${nowMs}`);
    agenda.at(0, (late) => ran.push(`late ${late}`));
  });
  for (let nowMs = 1_000; nowMs <= 5_000; nowMs += 1_000) agenda.run(nowMs);
  expect(ran).toEqual(["b 1000", "late 2000", "a 3000"]);
});

describe("launches", () => {
  const plan = { ...planFleet(fleetFile.parse({})).pools.spot, launchBurst: 2, launchPerSecond: 1 };

  test("a burst comes at once, the rest at the rate, and time brings the burst back", () => {
    const launches = new PoolLaunches(plan, [], 0);
    expect(Array.from({ length: 4 }, () => launches.delayMs(0))).toEqual([0, 0, 1_000, 2_000]);
    expect(launches.delayMs(10_000)).toBe(0);
  });

  test("a drought lasts from its first moment to before its end", () => {
    const launches = new PoolLaunches(plan, [{ name: "dry", fromMs: 10, untilMs: 20 }], 0);
    expect([9, 10, 19, 20].map((ms) => launches.isDry(ms))).toEqual([false, true, true, false]);
  });
});

test("a decision settles all submissions that found no slot before it, and none twice", () => {
  const delays = new DecisionDelays();
  delays.found(100);
  delays.found(900);
  delays.decided(1_500);
  delays.decided(2_000);
  delays.found(2_100);
  expect([...delays.all]).toEqual([1_400, 600]);
});
