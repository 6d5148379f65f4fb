/** Two platforms: runs go to the second while the breaker of the first is open, each under limits of its own, and come back. */
import { expect, test } from "vitest";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import { generousRateLimit } from "../../services/contract/rate.ts";
import { keys } from "../../services/contract/tables.ts";
import { type BreakerEvent, stepBreaker } from "../../services/core/breaker.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { firstControl, settingsOf, withBreaker } from "../../services/core/rate-control.ts";
import { aWorld } from "./worker-fixture.ts";

const CLASS = "claude-haiku-5-5";
const name = (platform: string) => ({ platform, workspace: "default", limitClass: CLASS });
const ended = (head: { state: Parameters<typeof isEnded>[0] }) => isEnded(head.state);

function twoPlatforms() {
  const world = aWorld();
  world.rating.current = {
    ...world.rating.current,
    platform: "first",
    failover: "second",
    limits: { "*": generousRateLimit, "second/*": { ...generousRateLimit, requestsPerMinute: 77 } },
  };
  return world;
}
type World = ReturnType<typeof twoPlatforms>;

async function operator(world: World, action: "open" | "close"): Promise<void> {
  const nowMs = world.clock.nowMs();
  const { item } = await world.limiter.begin(name("first"), firstControl(generousRateLimit, 0, nowMs));
  if (item === undefined) throw new Error("no item");
  const event: BreakerEvent = { kind: "operator", action };
  const next = withBreaker(item.control, stepBreaker(item.control.breaker, event, nowMs), { rampMs: 0, nowMs });
  await world.limiter.change(name("first"), item.version, next);
}
const calledOn = (world: World) => world.model.calls.map(({ platform }) => platform);

test("an open breaker sends runs to the second platform, under its own limit; a closed one takes them back", async () => {
  const world = twoPlatforms();
  await operator(world, "open");
  const first = await world.submit();
  world.start();
  await world.until(first, ended);
  expect(calledOn(world)).toEqual(["second"]);
  expect((await world.head(first)).waits).toBe(0);
  expect((await world.limiter.read(name("second"))).item?.control.limit.requestsPerMinute).toBe(77);
  await operator(world, "close");
  await world.clock.advance(10_000);
  const next = await world.submit();
  await world.until(next, ended);
  expect(calledOn(world)).toEqual(["second", "first"]);
});

test("a run changes the platform between its turns", async () => {
  const world = twoPlatforms();
  const id = await world.submit();
  world.model.script(id, [ask([{ id: "a", name: "pure", input: { words: "x" } }], 5_000), say("done")]);
  world.start();
  await world.clock.advance(2_000);
  await operator(world, "open");
  await world.until(id, ended);
  expect(calledOn(world)).toEqual(["first", "second"]);
  expect((await world.head(id)).state).toBe("SUCCEEDED");
});

test("while both are closed to calls, runs are parked", async () => {
  const world = twoPlatforms();
  await operator(world, "open");
  world.model.otherwise(() => ({ kind: "fail", code: "spend-limit", billed: "no" }));
  const id = await world.submit();
  world.start();
  await world.until(id, (head) => head.holder === keys.parkHolder(id));
  const other = await world.submit();
  await world.clock.advance(60_000);
  expect((await world.limiter.read(name("second"))).item?.control.breaker).toMatchObject({ cause: "spend-limit" });
  expect((await world.head(other)).state).toBe("QUEUED");
  expect(calledOn(world)).toEqual(["second"]);
});

test("limits of the second platform are those with its name, and no others", () => {
  const settings = {
    platform: "first",
    failover: "second",
    workspace: "w",
    headroom: 0,
    rampMs: 0,
    limits: { "*": { requestsPerMinute: 5 }, "second/claude-x": { requestsPerMinute: 9 } },
  };
  expect(settingsOf(settings, "first")).toBe(settings);
  expect(settingsOf(settings, "second").limits).toEqual({ "claude-x": { requestsPerMinute: 9 } });
});
