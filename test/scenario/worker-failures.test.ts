import { expect, test } from "vitest";
import { say } from "../../services/adapters/memory/scripted-model.ts";
import { limits } from "../../services/contract/limits.ts";
import { keys } from "../../services/contract/tables.ts";
import { Controller } from "../../services/controller/controller.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { StoreOutage } from "../../services/core/store-outage.ts";
import { aWorld } from "./worker-fixture.ts";

const ended = (head: { state: Parameters<typeof isEnded>[0] }) => isEnded(head.state);

test("rate-limit waits are no failures", async () => {
  const world = aWorld();
  const id = await world.submit();
  const limited = { kind: "fail", code: "rate-limited", billed: "no", retryAfterMs: 2_000 } as const;
  world.model.script(id, [...Array(7).fill(limited), say("at last")]);
  world.start();
  await world.clock.advance(60_000);
  const head = await world.head(id);
  expect(head.failures).toBe(0);
  // It waits in its slot, or parked when the wait is long: then the sweep (not here) wakes it.
  if (head.state === "QUEUED") expect(head.holder).toBe(keys.parkHolder(id));
  else expect(head.state).toBe("SUCCEEDED");
});

test.each(["overloaded", "server-error", "connection"] as const)(
  "a service in trouble (%s) is tried again in the slot, then the run is parked with its failures counted",
  async (code) => {
    const world = aWorld();
    const id = await world.submit();
    world.model.otherwise(() => ({ kind: "fail", code, billed: "no" }));
    world.start();
    await world.until(id, (head) => head.failures > 0);
    expect(await world.head(id)).toMatchObject({ state: "QUEUED", holder: keys.parkHolder(id), failures: 4, waits: 0 });
    expect(world.model.calls).toHaveLength(4);
  },
);

test("a run that failed too often in a row is given up", async () => {
  const world = aWorld();
  const id = await world.submit({ failures: limits.failuresMax - 1 });
  world.model.otherwise(() => ({ kind: "fail", code: "overloaded", billed: "no" }));
  world.start();
  await world.until(id, ended);
  expect(await world.head(id)).toMatchObject({ state: "DEAD", reason: "too-many-failures" });
});

test("a refused key ends no run: they wait parked", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.otherwise(() => ({ kind: "fail", code: "unauthorised", billed: "no" }));
  world.start();
  await world.until(id, ({ holder }) => holder === keys.parkHolder(id));
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", failures: 0, waits: 0 });
});

test("an input that cannot be read for a moment is read again; a lasting fault of ours parks the run and counts", async () => {
  const world = aWorld();
  const short = await world.submit();
  world.faults.failNext("contents.get", new Error("slow down"), 3);
  world.start();
  await world.until(short, ended);
  expect((await world.head(short)).state).toBe("SUCCEEDED");
  world.faults.outage(new Error("gone"), ["contents.get"]);
  const long = await world.submit();
  await world.until(long, (head) => head.failures > 0);
  expect((await world.head(long)).holder).toBe(keys.parkHolder(long));
});

test("a store that does not answer is no failure: the run waits parked, counts nothing, and ends when the store is back", async () => {
  const world = aWorld();
  world.faults.outage(new StoreOutage("GetItem: ECONNREFUSED"), ["contents.get"]);
  const id = await world.submit();
  world.start();
  await world.until(id, (head) => head.holder === keys.parkHolder(id));
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", failures: 0, interruptions: 0, waits: 0, inDoubt: 0 });
  expect(world.events.of("run.requeued")).toMatchObject([{ reason: "store-outage" }]);
  world.faults.heal();
  void new Controller(world).run(new AbortController().signal);
  await world.until(id, ended, limits.parkMaxMs + 60_000);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", failures: 0 });
});

test("a paid answer that no store takes is an interruption, in doubt, and too many of them end the run", async () => {
  const world = aWorld();
  world.faults.outage(new StoreOutage("PutItem: TimeoutError"), ["history.putDelta"]);
  const [fresh, worn] = [await world.submit(), await world.submit({ fruitless: limits.interruptionsMax })];
  world.start();
  await world.until(fresh, (head) => head.holder === keys.parkHolder(fresh));
  expect(await world.head(fresh)).toMatchObject({ failures: 0, interruptions: 1, inDoubt: 1 });
  await world.until(worn, ended);
  expect(await world.head(worn)).toMatchObject({ state: "DEAD", reason: "too-many-interruptions", failures: 0 });
});

test("a stalled stream is cut by the idle watchdog and counted as in doubt", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [{ kind: "stall" }, say("second try")]);
  world.start();
  await world.until(id, ended);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", inDoubt: 1, turn: 2 });
});
