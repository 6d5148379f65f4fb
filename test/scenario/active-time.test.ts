/** Active time is the time in which a run's worker ran: no wall clock that is set, and no machine that slept, makes a run older. */
import { expect, test } from "vitest";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import { limits } from "../../services/contract/limits.ts";
import { Controller } from "../../services/controller/controller.ts";
import type { Clock } from "../../services/ports/clock.ts";
import { aFleet } from "./controller-fixture.ts";
import { aWorld } from "./worker-fixture.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A clock that can jump: the wall alone, or both as a machine that slept where the monotonic clock goes on. */
function jumping(clock: Clock) {
  let wallMs = 0;
  let monotonicMs = 0;
  const jumped: Clock = {
    nowMs: () => clock.nowMs() + wallMs,
    monotonicMs: () => clock.monotonicMs() + monotonicMs,
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  const jump = (ms: number, kind: "wall" | "slept"): void => {
    wallMs += ms;
    if (kind === "slept") monotonicMs += ms;
  };
  return { clock: jumped, jump };
}

test("a controller whose clock jumps by an hour ends no run that was active for a minute", async () => {
  const fleet = aFleet();
  const { clock, world } = fleet;
  const its = jumping(clock);
  const stop = new AbortController();
  const over = new Controller({ ...world, clock: its.clock }).run(stop.signal);
  const { workerId } = fleet.worker();
  await clock.advance(30 * SECOND);
  const { runId } = await fleet.held(workerId, { timeoutMs: 15 * MINUTE, deadlineAtMs: clock.nowMs() + 24 * HOUR });
  await clock.advance(MINUTE);
  its.jump(HOUR, "wall");
  await clock.advance(3 * limits.overdueEveryMs);
  expect(await fleet.read(runId)).toMatchObject({ state: "RUNNING" });
  stop.abort();
  await clock.advance(10 * SECOND);
  await over;
  await fleet.end();
});

test.each(["wall", "slept"] as const)(
  "a worker whose clock jumps (%s) goes on with its run and books the time it ran",
  async (kind) => {
    const world = aWorld();
    const its = jumping(world.clock);
    world.rewired.ports = (deps) => ({ ...deps, clock: its.clock });
    const id = await world.submit({ timeoutMs: 10 * MINUTE });
    const asks = ask([{ id: "a", name: "pure", input: { words: "x" } }], 30 * SECOND);
    world.model.script(id, [asks, asks, asks, say("end", 30 * SECOND)]);
    const worker = world.start();
    await world.until(id, (head) => head.turn === 2);
    its.jump(HOUR, kind);
    await world.until(id, (head) => head.turn === 3);
    const drained = worker.drain({ source: "drain-flag", atMs: its.clock.nowMs() });
    await world.until(id, (head) => head.state === "QUEUED");
    await drained;
    const { activeMs } = await world.head(id);
    expect(activeMs).toBeGreaterThan(60 * SECOND);
    expect(activeMs).toBeLessThan(2 * MINUTE);
    world.start();
    await world.until(id, (head) => head.state === "SUCCEEDED");
  },
);

test("a worker ends its run when it ran for the timeout, although its wall clock was set back meanwhile", async () => {
  const world = aWorld();
  const its = jumping(world.clock);
  world.rewired.ports = (deps) => ({ ...deps, clock: its.clock });
  const id = await world.submit({ timeoutMs: MINUTE });
  world.model.script(id, [say("late", 90 * SECOND)]);
  world.start();
  await world.until(id, (head) => head.state === "RUNNING");
  its.jump(-HOUR, "wall");
  await world.clock.advance(MINUTE + SECOND);
  expect(await world.head(id)).toMatchObject({ state: "TIMED_OUT", reason: "active-timeout", activeMs: MINUTE });
});
