/** One of several controllers leads and scales; the next one takes over when it is told to stop, or falls silent. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { limits } from "../../services/contract/limits.ts";
import { Leader, type Term } from "../../services/controller/leader.ts";
import { Leadership } from "../../services/controller/leadership.ts";
import type { Scaled } from "../../services/controller/world.ts";
import { aTimeMs } from "../support/builders.ts";

function aPlace() {
  const clock = manualClock(aTimeMs);
  const world = memoryWorld({ clock });
  const decisions: number[] = [];
  const running: Promise<void>[] = [];
  const stops: AbortController[] = [];
  const decide = async ({ epoch }: Term): Promise<Scaled> => {
    decisions.push(epoch);
    return "decided";
  };
  function control(scale = decide) {
    const stop = new AbortController();
    const scaling = new Leadership({ ...world, scale });
    stops.push(stop);
    const over = scaling.run(stop.signal);
    running.push(over);
    return { scaling, stop: () => stop.abort(), over };
  }
  async function end(): Promise<void> {
    for (const stop of stops) stop.abort();
    await Promise.race([Promise.all(running), clock.advance(limits.leaseSilentMs)]);
  }
  return { clock, world, decisions, control, end };
}

describe("the lease", () => {
  let place: ReturnType<typeof aPlace>;
  beforeEach(() => {
    place = aPlace();
  });
  afterEach(() => place.end());

  test("a renewal whose answer comes when another may lead lets nobody act", async () => {
    const { clock, world } = place;
    let answerMs = 0;
    const replace: typeof world.leases.replace = async (next, over) => {
      const isOurs = await world.leases.replace(next, over);
      if (answerMs > 0) await clock.sleep(answerMs);
      return isOurs;
    };
    const leader = new Leader({ ...world, leases: { ...world.leases, replace } });
    expect(await leader.pass()).toBe(true);
    const { term } = leader;
    await clock.advance(limits.leaseSureMs);
    answerMs = limits.leaseMs;
    const asked = term?.isMine();
    await clock.advance(limits.leaseMs);
    expect(await asked).toBe(false);
  });

  test("a leader whose machine slept longer than its lease asks before it acts, though its monotonic clock stood still", async () => {
    const { clock, world } = place;
    let sleptMs = 0;
    const sleepy = { ...clock, nowMs: () => clock.nowMs() + sleptMs };
    const leader = new Leader({ ...world, clock: sleepy });
    expect(await leader.pass()).toBe(true);
    const { term } = leader;
    expect(term).toBeDefined();
    sleptMs = limits.leaseMs;
    expect(leader.term).toBeUndefined();
    expect(await term?.isMine()).toBe(true);
    expect(leader.term?.epoch).toBe(term?.epoch);
    const other = new Leader(world);
    expect(await other.pass()).toBe(false);
    await clock.advance(limits.leaseSilentMs + 1);
    expect(await other.pass()).toBe(true);
    expect(await term?.isMine()).toBe(false);
  });

  test("one controller leads and decides at once, then every ten seconds; another beside it does not", async () => {
    const { clock, decisions, control } = place;
    control();
    await clock.advance(1);
    expect(decisions).toEqual([1]);
    const second = control();
    await clock.advance(10 * limits.decideEveryMs);
    expect(decisions).toEqual(Array.from({ length: 11 }, () => 1));
    expect(second.scaling.hasDecided).toBe(true);
  });

  test("kicks are decided on soon, and no sooner after the last decision than kickLeastMs", async () => {
    const { clock, decisions, control } = place;
    const { scaling } = control();
    await clock.advance(limits.kickLeastMs);
    scaling.kick();
    await clock.advance(1);
    expect(decisions).toHaveLength(2);
    for (let i = 0; i < 10; i++) {
      scaling.kick();
      await clock.advance(limits.kickLeastMs / 10);
    }
    expect(decisions).toHaveLength(3);
  });

  test("that is given up is taken at the next look; the epoch grows", async () => {
    const { clock, decisions, control } = place;
    const first = control();
    await clock.advance(1);
    control();
    await clock.advance(1);
    first.stop();
    await clock.advance(limits.leaseEveryMs);
    await first.over;
    expect(decisions.at(-1)).toBe(2);
  });

  test("of one who fell silent is taken after he has stopped acting, and not before", async () => {
    const { clock, world, control, decisions } = place;
    const silent = new Leader(world);
    expect(await silent.pass()).toBe(true);
    control();
    await clock.advance(limits.leaseMs - 1);
    expect(silent.term?.epoch).toBe(1);
    expect(decisions).toEqual([]);
    await clock.advance(1);
    expect(silent.term).toBeUndefined();
    await clock.advance(limits.leaseSilentMs - limits.leaseMs);
    expect(decisions).toEqual([]);
    await clock.advance(limits.leaseEveryMs + 1);
    expect(decisions).toEqual([2]);
    expect(await silent.pass()).toBe(false);
  });

  test("says before each act whether it is still held", async () => {
    const { clock, world } = place;
    const [old, next] = [new Leader(world), new Leader(world)];
    await old.pass();
    const { term } = old;
    expect(await term?.isMine()).toBe(true);
    await next.pass();
    await clock.advance(limits.leaseSilentMs + 1);
    expect(await next.pass()).toBe(true);
    expect(await term?.isMine()).toBe(false);
    expect(old.term).toBeUndefined();
  });

  test("renewed without an answer is still ours", async () => {
    const { clock, world, control, decisions } = place;
    control();
    await clock.advance(1);
    world.faults.failNext("leases.replace", "lost-answer");
    await clock.advance(3 * limits.decideEveryMs);
    expect(decisions).toEqual([1, 1, 1, 1]);
    expect(world.events.of("controller.follows")).toEqual([]);
  });

  test("that cannot be renewed ends the decisions, and is taken again when the store is back", async () => {
    const { clock, world, control, decisions } = place;
    control();
    await clock.advance(1);
    world.faults.outage(new Error("store down"), ["leases.read", "leases.replace"]);
    await clock.advance(limits.leaseMs);
    const before = decisions.length;
    await clock.advance(3 * limits.decideEveryMs);
    expect(decisions).toHaveLength(before);
    world.faults.heal();
    await clock.advance(limits.decideEveryMs + limits.leaseEveryMs);
    expect(decisions.length).toBeGreaterThan(before);
  });

  test("a decision that failed is no heartbeat of the controller", async () => {
    const { clock, world, control } = place;
    const failing = control(() => Promise.reject(new Error("no permission")));
    await clock.advance(3 * limits.decideEveryMs);
    expect(world.events.of("controller.decided")).toEqual([]);
    expect(failing.scaling.hasDecided).toBe(false);
    expect(world.events.of("store.failed").length).toBeGreaterThan(0);
  });
});
