/** A machine that nobody scales in: idle, its controller silent, it asks its group to let it go. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { limits } from "../../services/contract/limits.ts";
import { Leader } from "../../services/controller/leader.ts";
import { Leadership } from "../../services/controller/leadership.ts";
import type { Scaled } from "../../services/controller/world.ts";
import type { Driver } from "../../services/core/lonely.ts";
import type { LeaveOutcome } from "../../services/ports/own-machine.ts";
import { watchLonely } from "../../services/worker/supervisor/lonely-machine.ts";
import { aTimeMs } from "../support/builders.ts";

const MINUTE = 60_000;

function aMachine() {
  const clock = manualClock(aTimeMs);
  const world = memoryWorld({ clock });
  const over = new AbortController();
  const state = { idleSinceMs: 0, busy: false, held: false, answer: { kind: "leaving" } as LeaveOutcome };
  const asked: number[] = [];
  let end: string | undefined;
  const machine = {
    leave: async () => {
      asked.push(clock.monotonicMs());
      return state.answer;
    },
  };
  const idleMs = () => (state.busy ? 0 : clock.monotonicMs() - state.idleSinceMs);
  const watch = (driver: Driver = "controller") =>
    void watchLonely(
      {
        ...world,
        driver,
        machine,
        workers: {
          idleMs,
          heldIdleMs: () => (state.held ? idleMs() : undefined),
          hold: (held) => {
            state.held = held;
          },
        },
      },
      over.signal,
    ).then((how) => {
      end = how;
    });
  return { clock, world, state, asked, watch, over, ended: () => end };
}

describe("a machine that nobody scales in", () => {
  let at: ReturnType<typeof aMachine>;
  beforeEach(() => {
    at = aMachine();
  });
  afterEach(async () => {
    at.over.abort();
    await at.clock.advance(1);
  });

  test("goes after ten idle minutes without a controller, not before", async () => {
    at.watch();
    await at.clock.advance(limits.idleLeaveMs - 1);
    expect(at.asked).toEqual([]);
    await at.clock.advance(2 * limits.idleLookMs);
    expect(at.asked).toHaveLength(1);
    expect(at.ended()).toBe("leaving");
  });

  test("stays while a controller beats, even one that works shifts of seconds; and goes when that falls silent", async () => {
    at.watch();
    for (let minute = 0; minute < 30; minute++) {
      const leader = new Leader(at.world);
      await leader.pass();
      leader.noteDecision();
      await leader.release();
      await at.clock.advance(MINUTE);
    }
    expect(at.asked).toEqual([]);
    await at.clock.advance(limits.controllerSilentMs + 2 * limits.idleLookMs);
    expect(at.ended()).toBe("leaving");
  });

  test.each<[Scaled, string | undefined]>([
    ["held", "leaving"],
    ["decided", undefined],
  ])("beside a controller that leads, and whose decisions are %s, ends: %s", async (scaled, end) => {
    const leads = new Leadership({ ...at.world, scale: async () => scaled });
    const led = leads.run(at.over.signal);
    at.watch();
    await at.clock.advance(limits.idleLeaveMs + 2 * limits.idleLookMs);
    expect((await at.world.leases.read())?.free).toBe(false);
    expect(at.ended()).toBe(end);
    at.over.abort();
    await at.clock.advance(1);
    await led;
  });

  test("beside a controller that does not count its decisions yet believes its renewals", async () => {
    const aLease = (counter: number) => ({ holder: "c_old", epoch: 1, counter, free: false });
    await at.world.leases.replace(aLease(0), undefined);
    at.watch();
    for (let minute = 0; minute < 30; minute++) {
      await at.world.leases.replace(aLease(minute + 1), aLease(minute));
      await at.clock.advance(MINUTE);
    }
    expect(at.asked).toEqual([]);
  });

  test("stays while it has runs, and reads nothing; ten minutes count from the last one", async () => {
    at.state.busy = true;
    at.world.faults.outage(new Error("read by a busy machine"), ["leases.read"]);
    at.watch();
    await at.clock.advance(60 * MINUTE);
    expect(at.world.events.of("store.failed")).toEqual([]);
    at.world.faults.heal();
    at.state.busy = false;
    at.state.idleSinceMs = at.clock.monotonicMs();
    await at.clock.advance(limits.idleLeaveMs - 1);
    expect(at.asked).toEqual([]);
    await at.clock.advance(2 * limits.idleLookMs);
    expect(at.ended()).toBe("leaving");
  });

  test("that its group keeps asks again, seldom", async () => {
    at.state.answer = { kind: "kept", because: "desiredSize equals minSize" };
    at.watch();
    await at.clock.advance(limits.idleLeaveMs + 3 * limits.leaveAgainMs);
    expect(at.ended()).toBeUndefined();
    expect(at.asked.length).toBeGreaterThanOrEqual(3);
    expect(at.asked.length).toBeLessThanOrEqual(4);
    expect(at.world.events.of("machine.kept").length).toBe(at.asked.length);
    expect(at.state.held).toBe(false);
  });

  test("that cannot read the heartbeat stays: not knowing is not silence", async () => {
    at.world.faults.outage(new Error("store down"), ["leases.read"]);
    at.watch();
    await at.clock.advance(3 * limits.idleLeaveMs);
    expect(at.asked).toEqual([]);
    at.world.faults.heal();
    await at.clock.advance(limits.controllerSilentMs - limits.idleLookMs);
    expect(at.asked).toEqual([]);
    await at.clock.advance(3 * limits.idleLookMs);
    expect(at.ended()).toBe("leaving");
  });

  test("goes without asking for a controller where CloudWatch scales", async () => {
    await new Leader(at.world).pass();
    at.watch("cloudwatch");
    await at.clock.advance(limits.idleLeaveMs + limits.idleLookMs);
    expect(at.ended()).toBe("leaving");
  });
});
