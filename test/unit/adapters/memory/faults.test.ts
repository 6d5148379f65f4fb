import { expect, test } from "vitest";
import { AnswerLost } from "../../../../services/adapters/memory/faults.ts";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../../../services/adapters/memory/world.ts";
import { claim } from "../../../../services/core/lifecycle.ts";
import { aHead, aQueuedRun, aTimeMs } from "../../../support/builders.ts";
import { aNonce, aWakeId, aWorkerId } from "../../../support/ids.ts";

const NOW = aTimeMs;
const aWorld = () => memoryWorld({ clock: manualClock(NOW) });

test("an injected error comes before anything is done, once, and the next call works", async () => {
  const { runs, faults } = aWorld();
  const head = aHead();
  faults.failNext("runs.create", new Error("throttled"));
  await expect(runs.create(head, NOW)).rejects.toThrow("throttled");
  expect(await runs.read([head.runId], NOW)).toEqual([]);
  expect(await runs.create(head, NOW)).toEqual({ kind: "created" });
});

test("a lost answer comes after all was done", async () => {
  const { runs, faults } = aWorld();
  const { head, wake } = aQueuedRun();
  faults.failNext("runs.create", "lost-answer");
  await expect(runs.create(head, NOW)).rejects.toBeInstanceOf(AnswerLost);
  faults.failNext("runs.write", "lost-answer");
  const worker = aWorkerId();
  await expect(runs.write(head.runId, claim(wake, { worker, nonce: aNonce() }, NOW))).rejects.toBeInstanceOf(
    AnswerLost,
  );
  expect(await runs.read([head.runId], NOW)).toMatchObject([{ state: "RUNNING", holder: worker }]);
});

test("faults of one operation come in the order of their injection and leave the others alone", async () => {
  const { runs, objects, faults } = aWorld();
  faults.failNext("objects.get", new Error("one"));
  faults.failNext("objects.get", new Error("two"), 2);
  expect(await runs.read([], NOW)).toEqual([]);
  for (const message of ["one", "two", "two"]) await expect(objects.get("a")).rejects.toThrow(message);
  expect(await objects.get("a")).toBeUndefined();
});

test("an outage fails every call of the operations named until it is healed", async () => {
  const { runs, objects, queue, faults } = aWorld();
  faults.outage(new Error("store down"), ["runs.read", "queue.depth"]);
  await expect(runs.read([], NOW)).rejects.toThrow("store down");
  await expect(runs.read([], NOW)).rejects.toThrow("store down");
  expect(await queue.depth("high")).toEqual({ kind: "unknown", because: "Error: store down" });
  expect(await objects.get("a")).toBeUndefined();
  faults.heal();
  expect(await runs.read([], NOW)).toEqual([]);
});

test("nobody shares memory with the store", async () => {
  const { runs, history } = aWorld();
  const head = aHead();
  await runs.create(head, NOW);
  Reflect.set(head, "turn", 99);
  const [stored] = await runs.read([head.runId], NOW);
  expect(stored?.turn).toBe(1);
  expect(Reflect.set(stored ?? {}, "turn", 99)).toBe(false);
  const text = { runId: head.runId, turn: 1, epoch: 1, text: "a", atMs: NOW };
  await history.putLive(text);
  Reflect.set(text, "text", "b");
  expect((await history.live(head.runId))?.text).toBe("a");
});

test("a write that would make a wrong head, or names a field twice, is an error and changes nothing", async () => {
  const { runs } = aWorld();
  const head = aHead({ waits: 0 });
  await runs.create(head, NOW);
  const wrong = [
    { guard: {}, set: {}, add: { waits: -1 } },
    { guard: {}, set: { waits: 1 }, add: { waits: 1 } },
    { guard: {}, set: { wakeId: aWakeId() }, remove: ["wakeId"] },
    { guard: {}, set: {}, copy: { activeMs: "startedAtMs" } },
  ] as const;
  for (const write of wrong) await expect(runs.write(head.runId, write)).rejects.toThrow();
  expect(await runs.read([head.runId], NOW)).toEqual([head]);
});

test("a lagging index shows the old heads until it catches up", async () => {
  const { runs, index } = aWorld();
  const head = aHead();
  index.lag();
  await runs.create(head, NOW);
  expect(await index.byTenant({ tenant: head.tenant, limit: 5 })).toEqual({ ids: [] });
  index.catchUp();
  expect(await index.byTenant({ tenant: head.tenant, limit: 5 })).toEqual({ ids: [head.runId] });
});
