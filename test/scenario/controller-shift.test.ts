/** A controller that is called every minute: it works its shift, ends early when nothing is to be watched, and remembers. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import { Controller } from "../../services/controller/controller.ts";
import { workShift } from "../../services/controller/shift.ts";
import type { Scaled, World } from "../../services/controller/world.ts";
import { aFleet, type Fleet } from "./controller-fixture.ts";

const MINUTE = 60_000;
/** Seconds in which a death is seen: after `deadAfterMs` of silence, at the next look. */
const DEATH_S = (limits.deadAfterMs + limits.heartbeatMs + 2 * limits.watchMs) / 1_000;

describe("a shift", () => {
  let fleet: Fleet;
  beforeEach(() => {
    fleet = aFleet();
  });
  afterEach(() => fleet.end());

  /** Works shifts minute by minute, as a schedule calls them; gives how each ended. */
  async function shifts(controller: Controller, times: number): Promise<string[]> {
    const ends: string[] = [];
    for (let i = 0; i < times; i++) {
      const shift = workShift(controller, fleet.clock, { forMs: limits.shiftMs });
      let isOver = false;
      void shift.then(() => {
        isOver = true;
      });
      for (let second = 0; second < MINUTE / 1_000; second++) await fleet.clock.advance(1_000);
      expect(isOver, "a shift ends before the next call").toBe(true);
      ends.push(await shift);
    }
    return ends;
  }

  test("ends at once where nothing waits and nothing runs, having looked at everything and decided", async () => {
    const epochs: number[] = [];
    const controller = new Controller({
      ...fleet.world,
      scale: async ({ epoch }) => {
        epochs.push(epoch);
        return "decided";
      },
    });
    const startedMs = fleet.clock.monotonicMs();
    const shift = workShift(controller, fleet.clock, { forMs: limits.shiftMs });
    await fleet.clock.advance(5_000);
    expect(await shift).toBe("idle");
    expect(fleet.clock.monotonicMs() - startedMs).toBeLessThanOrEqual(5_000);
    expect(epochs).toEqual([1]);
    expect(controller.mode).toBe("STOPPED");
  });

  test("closes when its time is over, before a pass that never ends has ended", async () => {
    const hung = Promise.withResolvers<never>();
    const controller = new Controller({ ...fleet.world, scale: () => hung.promise });
    let closed = false;
    const closing = async () => {
      closed = true;
    };
    const shift = workShift(controller, fleet.clock, { forMs: 10_000, closing });
    await fleet.clock.advance(9_000);
    expect(closed).toBe(false);
    await fleet.clock.advance(2_000);
    expect(closed).toBe(true);
    expect(controller.mode).toBe("STOPPING");
    hung.reject(new Error("ended"));
    await fleet.clock.advance(1_000);
    expect(await shift).toBe("over");
  });

  test("one that somebody waits for lasts until the queue shows what he waits for", async () => {
    const controller = new Controller(fleet.world);
    const shift = workShift(controller, fleet.clock, { forMs: limits.shiftMs, leastMs: limits.wokenLeastMs });
    let isOver = false;
    void shift.then(() => {
      isOver = true;
    });
    await fleet.clock.advance(limits.wokenLeastMs - 1_000);
    expect(isOver).toBe(false);
    await fleet.clock.advance(3_000);
    expect(await shift).toBe("idle");
  });

  /** A shift on a fleet with a desk, as the schedule calls it; whether it is over, and how often it decided. */
  function aShift(more: Partial<World> = {}) {
    const { clock, world } = fleet;
    const seen = { decisions: 0, isOver: false };
    const scale = async (): Promise<Scaled> => {
      seen.decisions++;
      return "decided";
    };
    const controller = new Controller({ ...world, desk: world.scalingStores.desk, scale, ...more });
    const work = async () => {
      seen.isOver = false;
      await workShift(controller, clock, { forMs: limits.shiftMs });
      seen.isOver = true;
    };
    return { seen, work, desk: world.scalingStores.desk };
  }

  test("that hears a kick stays until the queue shows what it was kicked for", async () => {
    const { clock } = fleet;
    const { seen, work, desk } = aShift();
    void work();
    await clock.advance(10);
    await desk.kick("first");
    await clock.advance(limits.wokenLeastMs);
    expect(seen.isOver).toBe(false);
    expect(seen.decisions).toBeGreaterThan(1);
    await clock.advance(limits.watchMs + 3 * limits.shiftLookMs);
    expect(seen.isOver).toBe(true);
  });

  test("goes on for a kick that came between its last look and its end: who kicked found it leading", async () => {
    const { clock, world } = fleet;
    let wasFree: boolean | undefined;
    // Kicks at the last moment: the lease is still held when it is looked at, and is given up right after.
    const leases: typeof world.leases = {
      ...world.leases,
      replace: async (next, over) => {
        if (next.free && wasFree === undefined) {
          await world.scalingStores.desk.kick("late");
          wasFree = (await world.leases.read())?.free;
        }
        return world.leases.replace(next, over);
      },
    };
    const { seen, work } = aShift({ leases });
    void work();
    await clock.advance(limits.wokenLeastMs);
    expect(wasFree).toBe(false);
    expect(seen.decisions).toBeGreaterThan(1);
    expect(seen.isOver).toBe(false);
    await clock.advance(limits.shiftMs);
    expect(seen.isOver).toBe(true);
  });

  test("goes on while it cannot tell whether somebody kicked, and to its end at the latest", async () => {
    const { clock, world } = fleet;
    const desk = { ...world.scalingStores.desk, lastKick: () => Promise.reject(new Error("no answer")) };
    const { seen, work } = aShift({ desk });
    void work();
    await clock.advance(limits.shiftMs - limits.shiftLookMs);
    expect(seen.isOver).toBe(false);
    await clock.advance(2 * limits.shiftLookMs);
    expect(seen.isOver).toBe(true);
  });

  test("decides at once when it wakes cold beside the kick that woke it, however late it comes to lead", async () => {
    const { clock, world } = fleet;
    const leases: typeof world.leases = {
      ...world.leases,
      read: async () => {
        await clock.sleep(100);
        return world.leases.read();
      },
    };
    const { seen, work, desk } = aShift({ leases });
    await desk.kick("woke it");
    void work();
    await clock.advance(200);
    expect(seen.decisions).toBe(1);
    await clock.advance(limits.kickLeastMs + 1);
    expect(seen.decisions).toBe(1);
    await clock.advance(limits.shiftMs);
  });

  test("ends at once when the kick that lies there was heard in the shift before", async () => {
    const { clock } = fleet;
    const { seen, work, desk } = aShift();
    await desk.kick("old");
    void work();
    await clock.advance(limits.shiftMs);
    expect(seen.isOver).toBe(true);
    void work();
    await clock.advance(5_000);
    expect(seen.isOver).toBe(true);
  });

  test("lasts while a run is active, while one waits, and while the queue cannot be measured", async () => {
    const controller = new Controller(fleet.world);
    await fleet.queued();
    expect(await shifts(controller, 1)).toEqual(["over"]);
    await fleet.messages();
    fleet.world.faults.failNext("queue.depth", new Error("no answer"), 100);
    expect(await shifts(controller, 1)).toEqual(["over"]);
    fleet.world.faults.heal();
  });

  test("finds a worker that died between two calls as soon as one that never ends would", async () => {
    const { world, worker, held, read } = fleet;
    const { workerId, die } = worker();
    const controller = new Controller(world);
    const head = await held(workerId, { timeoutMs: 10 * MINUTE });
    await fleet.queued();
    await shifts(controller, 1);
    die();
    const shift = workShift(controller, fleet.clock, { forMs: limits.shiftMs });
    for (let second = 0; second < DEATH_S; second++) await fleet.clock.advance(1_000);
    expect(await read(head.runId)).toMatchObject({ state: "QUEUED", interruptions: 1 });
    for (let second = DEATH_S; second < MINUTE / 1_000; second++) await fleet.clock.advance(1_000);
    await shift;
  });

  test("does not end before what decides about capacity did not fail", async () => {
    const controller = new Controller({ ...fleet.world, scale: () => Promise.reject(new Error("refused")) });
    expect(await shifts(controller, 1)).toEqual(["over"]);
  });
});
