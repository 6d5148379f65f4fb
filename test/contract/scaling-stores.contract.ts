import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ManualOrder, noCapacityMemory, type PoolAnswer } from "../../services/contract/capacity.ts";
import type { ScalingEvent } from "../../services/contract/capacity-events.ts";
import { noDemandProfile } from "../../services/contract/capacity-profile.ts";
import { limits } from "../../services/contract/limits.ts";
import type { CapacitySummary, ScalingState } from "../../services/contract/scaling.ts";
import type { ScalingStores } from "../../services/ports/scaling-stores.ts";
import { type Made, type Make, suiteTimeMs } from "./fixture.ts";

const anOrder = (over: Partial<ManualOrder> = {}): ManualOrder => ({
  ...{ hold: false, floorSlots: 10, by: "ann", atMs: suiteTimeMs },
  ...over,
});
const aState = (decision: string): ScalingState => ({
  ...{ v: 1, atMs: suiteTimeMs, decision, memory: noCapacityMemory, answers: [], heard: {}, paces: { m: 1.25 } },
});
const anAnswer = (atMs: number, kind: PoolAnswer["kind"] = "no-capacity"): PoolAnswer => ({
  ...{ pool: "spot", atMs, kind, because: "InsufficientInstanceCapacity" },
});
const aSummary = (epoch: number): CapacitySummary => ({
  ...{ atMs: suiteTimeMs, epoch, policy: "backlog", pools: [{ pool: "spot", target: 3 }], acts: true },
  slots: { need: 10, wanted: 10, running: 5, starting: 5 },
  because: [{ kind: "demand", visible: 5, active: 5, slots: 10 }],
});
const anEvent = (n: number): ScalingEvent => ({
  ...{ kind: "target", id: `${String(suiteTimeMs + n).padStart(14, "0")}-d-0`, atMs: suiteTimeMs + n, pool: "spot" },
  ...{ from: n, to: n + 1, cordoned: 0, drained: 0, ended: 0, because: [] },
});

export function scalingStoresContract(name: string, make: Make<Made<ScalingStores>>): void {
  describe(`ScalingStores: ${name}`, () => {
    let made: Made<ScalingStores>;
    beforeAll(async () => {
      made = await make();
    });
    afterAll(() => made.dispose());

    test("what a leader of a higher epoch kept is not replaced by one of a lower", async () => {
      const { memory } = made.port;
      expect(await memory.state()).toBeUndefined();
      expect(await memory.keepState(3, aState("a"))).toBe(true);
      expect(await memory.keepState(3, aState("b"))).toBe(true);
      expect(await memory.keepState(4, aState("c"))).toBe(true);
      expect(await memory.keepState(3, aState("late"))).toBe(false);
      expect(await memory.state()).toEqual(aState("c"));
      expect(await memory.profile()).toBeUndefined();
      const profile = { ...noDemandProfile, version: 2, buckets: { "5": { weeks: 1, slots: 8 } } };
      expect(await memory.keepProfile(4, profile)).toBe(true);
      expect(await memory.keepProfile(3, noDemandProfile)).toBe(false);
      expect(await memory.profile()).toEqual(profile);
      expect(await memory.summary()).toBeUndefined();
      expect(await memory.publish(aSummary(4))).toBe(true);
      expect(await memory.publish(aSummary(3))).toBe(false);
      expect(await memory.summary()).toEqual(aSummary(4));
    });

    test("an order is changed by who read it last, and taken back", async () => {
      const { desk } = made.port;
      expect(await desk.order()).toBeUndefined();
      expect(await desk.changeOrder(undefined, anOrder())).toBe(true);
      expect(await desk.changeOrder(undefined, anOrder({ by: "bob" }))).toBe(false);
      expect(await desk.changeOrder(anOrder(), anOrder({ hold: true, untilMs: suiteTimeMs + 1 }))).toBe(true);
      expect(await desk.order()).toEqual(anOrder({ hold: true, untilMs: suiteTimeMs + 1 }));
      expect(await desk.changeOrder(anOrder(), undefined)).toBe(false);
      expect(await desk.changeOrder(await desk.order(), undefined)).toBe(true);
      expect(await desk.order()).toBeUndefined();
    });

    test("one of those who want to wake the controller may, once in a while", async () => {
      const { desk } = made.port;
      const who = ["a", "b", "c"];
      const ask = () => Promise.all(who.map((by, ms) => desk.mayWake(by, suiteTimeMs + ms)));
      const asked = await ask();
      expect(asked.filter((may) => may)).toHaveLength(1);
      // As a client does whose put was done and not answered.
      expect(await ask()).toEqual(asked);
      expect(await desk.mayWake("d", suiteTimeMs + limits.wakeEveryMs - 1)).toBe(false);
      expect(await desk.mayWake("d", suiteTimeMs + limits.wakeEveryMs + 2)).toBe(true);
    });

    test("the last answer of each pool and kind is there, and the last kick", async () => {
      const { desk } = made.port;
      expect(await desk.answers()).toEqual([]);
      for (const answer of [anAnswer(1), anAnswer(2), anAnswer(3, "quota")]) await desk.tellAnswer(answer);
      const answers = (await desk.answers()).toSorted((a, b) => a.atMs - b.atMs);
      expect(answers).toEqual([anAnswer(2), anAnswer(3, "quota")]);
      expect(await desk.lastKick()).toBeUndefined();
      for (const token of ["1", "2"]) await desk.kick(token);
      expect(await desk.lastKick()).toBe("2");
    });

    test("history is listed from the newest on, page by page, each event once", async () => {
      const { log } = made.port;
      expect(await log.list(10)).toEqual([]);
      for (const n of [1, 2, 3, 2]) await log.append([anEvent(n)]);
      await log.append([anEvent(4), anEvent(5)]);
      expect(await log.list(2)).toEqual([anEvent(5), anEvent(4)]);
      expect(await log.list(2, anEvent(4).id)).toEqual([anEvent(3), anEvent(2)]);
      expect(await log.list(9, anEvent(1).id)).toEqual([]);
    });
  });
}
