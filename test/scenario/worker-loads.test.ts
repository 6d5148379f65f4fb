/** A run whose texts do not come: it holds its slot no longer than its clocks, its user and its worker's notices allow. */
import { expect, test } from "vitest";
import { workerId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import type { ContentStore } from "../../services/ports/content-store.ts";
import { specCache } from "../../services/worker/load-run.ts";
import { aWorld } from "./worker-fixture.ts";

const never = () => new Promise<never>(() => undefined);

/** A claimed run that loads: the store took the question and says nothing. */
async function aRunThatLoads(timeoutMs = limits.timeoutDefaultMs) {
  const world = aWorld();
  const silent = { is: true };
  const get: ContentStore["get"] = (digest) => (silent.is ? never() : world.contents.get(digest));
  world.rewired.ports = (deps) => ({ ...deps, contents: { ...deps.contents, get } });
  const id = await world.submit({ timeoutMs });
  const worker = world.start(1);
  await world.until(id, ({ state }) => state === "RUNNING");
  return { world, id, worker, silent };
}

test("its active time ends it, and its slot is free for the next run", async () => {
  const { world, id, silent } = await aRunThatLoads(60_000);
  const next = await world.submit();
  // What was asked stays without an answer.
  silent.is = false;
  await world.until(id, ({ state }) => isEnded(state), 60_000 + limits.heartbeatMs);
  expect(await world.head(id)).toMatchObject({ state: "TIMED_OUT", reason: "active-timeout", inDoubt: 0 });
  await world.until(next, ({ state }) => isEnded(state));
  expect(await world.head(next)).toMatchObject({ state: "SUCCEEDED" });
});

test("a cancel ends it within the promise", async () => {
  const { world, id } = await aRunThatLoads();
  const head = await world.head(id);
  const untilMs = world.clock.nowMs() + limits.cancelGraceMs;
  await world.fleet.notify(workerId.parse(head.holder), { kind: "cancel", runId: id, untilMs });
  await world.until(id, ({ state }) => isEnded(state), limits.cancelWithinMs);
  expect(await world.head(id)).toMatchObject({ state: "CANCELLED", reason: "cancelled-by-user" });
});

test("a drain gives it back at once, and nothing is left behind", async () => {
  const { world, id, worker } = await aRunThatLoads();
  worker.drain({ source: "SIGTERM", atMs: world.clock.nowMs() });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 5_000);
  expect(worker.leftBehind).toBe(0);
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", interruptions: 1, inDoubt: 0 });
});

test("an agent whose read hangs is read anew for those who come later", async () => {
  const { world, id, silent } = await aRunThatLoads();
  const { spec } = await world.head(id);
  let reads = 0;
  const get: ContentStore["get"] = (digest) => {
    reads++;
    return silent.is ? never() : world.contents.get(digest);
  };
  const specOf = specCache({ clock: world.clock, contents: { ...world.contents, get } });
  void specOf(spec);
  void specOf(spec);
  expect(reads).toBe(1);
  silent.is = false;
  await world.clock.advance(limits.storeCallMs);
  const later = specOf(spec);
  expect(reads).toBe(2);
  expect(await later).toBeDefined();
  await world.clock.advance(limits.storeCallMs);
  expect(await specOf(spec)).toBeDefined();
  expect(reads).toBe(2);
});
