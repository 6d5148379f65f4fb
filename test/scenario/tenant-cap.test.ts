/** A cap on a tenant's active runs: kept about, at no other tenant's cost, and without a mark on the runs that wait. */
import { describe, expect, test } from "vitest";
import { say } from "../../services/adapters/memory/scripted-model.ts";
import type { Backlog } from "../../services/contract/backlog.ts";
import { type RunId, type TenantId, tenantId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { Controller } from "../../services/controller/controller.ts";
import { isEnded, wakeOf } from "../../services/core/lifecycle.ts";
import type { WorkerDeps } from "../../services/worker/deps.ts";
import { aWakeId } from "../support/ids.ts";
import { aWorld } from "./worker-fixture.ts";

const [noisy, quiet] = [tenantId.parse("noisy"), tenantId.parse("quiet")];
const CAP = 4;
const RUN_MS = 3_000;
const STEP_MS = 250;
const MINUTE_MS = 60_000;

function aCappedFleet(runMs = RUN_MS, seed = 1) {
  const world = aWorld(seed);
  world.model.otherwise(() => say("Done.", runMs));
  const submit = (tenant: TenantId, runs: number): Promise<RunId[]> =>
    Promise.all(Array.from({ length: runs }, () => world.submit({ tenant, timeoutMs: 60 * MINUTE_MS })));
  const heads = (ids: readonly RunId[]): Promise<RunHead[]> => world.runs.read(ids, world.clock.nowMs());

  /** Most of these runs that were active at once until all have ended; calls `during` before each step of the clock. */
  async function mostActive(ids: readonly RunId[], withinMs: number, during = async (_ms: number) => {}) {
    let most = 0;
    for (let ms = 0; ms < withinMs; ms += STEP_MS) {
      const now = await heads(ids);
      most = Math.max(most, now.filter(({ state }) => state === "RUNNING").length);
      if (now.every(({ state }) => isEnded(state))) return most;
      await during(ms);
      await world.clock.advance(STEP_MS);
    }
    throw new Error(`not ended within ${withinMs} ms`);
  }
  const control = () => void new Controller(world).run(new AbortController().signal);
  return { ...world, submit, heads, mostActive, control };
}

/** Claimed once, and nothing was counted on the way. */
function expectUnmarked(runs: readonly RunHead[]): void {
  for (const run of runs) {
    expect(run).toMatchObject({ state: "SUCCEEDED", failures: 0, interruptions: 0, waits: 0, inDoubt: 0 });
    expect(run.deadLetters ?? 0).toBe(0);
    expect(run.epoch).toBe(Math.floor(run.createdAtMs / 1_000) + 1);
  }
}

describe("two workers that hear of each other", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "keep to the cap, use it, and do not delay another tenant (seed %i)",
    async (seed) => {
      const fleet = aCappedFleet(RUN_MS, seed);
      fleet.control();
      fleet.startCapped(CAP);
      fleet.startCapped(CAP);
      await fleet.clock.advance(limits.backlogEveryMs + 2 * limits.backlogReadMs);
      const many = await fleet.submit(noisy, 80);
      const others: RunId[] = [];
      const most = await fleet.mostActive(many, 4 * (80 / CAP) * RUN_MS, async (ms) => {
        if (ms % 4_000 === 0) others.push(...(await fleet.submit(quiet, 1)));
      });
      expect(most).toBeGreaterThanOrEqual(CAP - 1);
      expect(most).toBeLessThanOrEqual(CAP + 1);
      await fleet.mostActive(others, MINUTE_MS);
      const ended = await fleet.heads(others);
      expect(ended.length).toBeGreaterThanOrEqual(15);
      const tookMs = ended.map((run) => (run.endedAtMs ?? Number.NaN) - run.createdAtMs);
      expect(Math.max(...tookMs)).toBeLessThanOrEqual(RUN_MS + limits.tenantRestMs + STEP_MS);
      expectUnmarked([...(await fleet.heads(many)), ...ended]);
    },
  );

  test("that start in the middle of a backlog overshoot for one tick at most", async () => {
    const fleet = aCappedFleet();
    const many = await fleet.submit(noisy, 80);
    fleet.control();
    fleet.startCapped(CAP);
    fleet.startCapped(CAP);
    expect(await fleet.mostActive(many.slice(0, 1), MINUTE_MS)).toBeLessThanOrEqual(1);
    await fleet.clock.advance(limits.backlogEveryMs + limits.backlogReadMs + RUN_MS);
    expect(await fleet.mostActive(many, 4 * (80 / CAP) * RUN_MS)).toBeLessThanOrEqual(CAP + 1);
    expectUnmarked(await fleet.heads(many));
  });
});

type Read = () => Promise<Backlog | undefined>;

/** The workers that start next read the sum in another way. */
const readBy =
  (way: (read: Read) => Read) =>
  (deps: WorkerDeps): WorkerDeps => {
    const { backlog } = deps;
    if (backlog === undefined) throw new Error("a worker of these tests has a backlog");
    return { ...deps, backlog: { ...backlog, latest: way(() => backlog.latest()) } };
  };

/** The first read of each worker fails. */
const throttledOnce = (read: Read): Read => {
  let reads = 0;
  return () => (reads++ === 0 ? Promise.reject(new Error("throttled")) : read());
};

describe("workers that begin at once beside one that is counted", () => {
  const BEGIN = 8;

  test("take one run each until the sum counts them, not each the whole cap", async () => {
    const fleet = aCappedFleet();
    fleet.control();
    fleet.startCapped(CAP);
    await fleet.clock.advance(limits.backlogEveryMs + 2 * limits.backlogReadMs);
    for (let i = 0; i < BEGIN; i++) fleet.startCapped(CAP);
    const many = await fleet.submit(noisy, 80);
    let most = 0;
    for (let ms = 0; ms < 2 * limits.backlogEveryMs; ms += STEP_MS) {
      await fleet.clock.advance(STEP_MS);
      most = Math.max(most, (await fleet.heads(many)).filter(({ state }) => state === "RUNNING").length);
    }
    expect(most).toBeGreaterThanOrEqual(CAP);
    expect(most).toBeLessThanOrEqual(CAP + BEGIN);
  });

  test.each(["late", "throttled once"])("know the sum before they take anything, also where it is %s", async (how) => {
    const fleet = aCappedFleet(MINUTE_MS);
    const late = (read: Read) => () => fleet.clock.sleep(STEP_MS).then(read);
    fleet.control();
    fleet.startCapped(CAP);
    await fleet.clock.advance(limits.backlogEveryMs + 2 * limits.backlogReadMs);
    const many = await fleet.submit(noisy, 40);
    await fleet.clock.advance(limits.backlogEveryMs + limits.heartbeatMs);
    fleet.rewired.ports = readBy(how === "late" ? late : throttledOnce);
    for (let i = 0; i < BEGIN; i++) fleet.startCapped(CAP);
    many.push(...(await fleet.submit(noisy, 40)));
    await fleet.clock.advance(limits.backlogReadMs);
    const active = (await fleet.heads(many)).filter(({ state }) => state === "RUNNING");
    expect(active).toHaveLength(CAP);
  });
});

test("a worker that waits for the sum is gone at once when it is told to leave", async () => {
  const fleet = aCappedFleet();
  fleet.rewired.ports = readBy(() => () => new Promise(() => {}));
  const worker = fleet.startCapped(CAP);
  await fleet.clock.advance(STEP_MS);
  worker.heed({ source: "test", atMs: fleet.clock.nowMs() });
  await fleet.clock.advance(STEP_MS);
  expect(worker.mode).toBe("STOPPED");
});

test.each(["backlog.latest", "fleet.workers"] as const)(
  "while %s is not known each worker holds itself to the cap alone",
  async (operation) => {
    const fleet = aCappedFleet();
    fleet.faults.outage(new Error("nobody knows"), [operation]);
    fleet.control();
    fleet.startCapped(CAP);
    fleet.startCapped(CAP);
    const many = await fleet.submit(noisy, 40);
    expect(await fleet.mostActive(many, 4 * (40 / CAP) * RUN_MS)).toBe(2 * CAP);
    expectUnmarked(await fleet.heads(many));
  },
);

test("a message that waits for longer than any queue delivers it is no dead letter", async () => {
  const fleet = aCappedFleet(50_000);
  fleet.startCapped(1);
  const ids = await fleet.submit(noisy, 12);
  expect(await fleet.mostActive(ids, 20 * MINUTE_MS)).toBe(1);
  expect(fleet.queue.deadLetters("normal")).toEqual([]);
  expectUnmarked(await fleet.heads(ids));
});

describe("behind a cap for half an hour", () => {
  const waiting = async (fleet: ReturnType<typeof aCappedFleet>): Promise<number> => {
    const depth = await fleet.queue.depth("normal");
    return depth.kind === "known" ? depth.visible + depth.inFlight : Number.NaN;
  };

  test.each([1, 2])("runs of %i at the cap are not sent again, and the queue does not grow", async (cap) => {
    const fleet = aCappedFleet(MINUTE_MS);
    fleet.control();
    fleet.startCapped(cap);
    fleet.startCapped(cap);
    await fleet.clock.advance(limits.backlogEveryMs + 2 * limits.backlogReadMs);
    const ids = await fleet.submit(noisy, 60);
    for (let minute = 0; minute < 30; minute++) {
      await fleet.clock.advance(MINUTE_MS);
      expect(await waiting(fleet)).toBeLessThanOrEqual(ids.length);
    }
    expect(fleet.events.of("sweep.pass")).toEqual([]);
    const heads = await fleet.heads(ids);
    expect(heads.filter(({ state }) => isEnded(state)).length).toBeGreaterThanOrEqual(20);
  });

  test("a lost wake-up of another tenant is found as soon as without a cap", async () => {
    const fleet = aCappedFleet(MINUTE_MS);
    fleet.control();
    fleet.startCapped(1);
    await fleet.submit(noisy, 10);
    await fleet.clock.advance(3 * MINUTE_MS);
    fleet.queue.refuseNext(1);
    const [lost] = await fleet.submit(quiet, 1);
    if (lost === undefined) throw new Error("a run was submitted");
    await fleet.clock.advance(limits.resendAfterMs + limits.overdueEveryMs + 2 * limits.sweepEveryMs);
    expect((await fleet.head(lost)).claimedAtMs).toBeDefined();
    expect(fleet.events.of("sweep.pass")).toMatchObject([{ resent: 1 }]);
  });

  test("messages that mean nothing any more are dropped without being let in", async () => {
    const fleet = aCappedFleet(MINUTE_MS);
    fleet.startCapped(1);
    await fleet.submit(noisy, 1);
    await fleet.clock.advance(1);
    const [second] = await fleet.submit(noisy, 1);
    if (second === undefined) throw new Error("a run was submitted");
    const wake = wakeOf(await fleet.head(second), aWakeId());
    const stale = Array.from({ length: 10 }, () => ({ ...wake, wakeId: aWakeId() }));
    expect(await fleet.queue.send("normal", stale)).toEqual([]);
    await fleet.clock.advance(limits.tenantHoldReceives * limits.tenantHoldMs);
    expect(await waiting(fleet)).toBe(2);
    expect(await fleet.head(second)).toMatchObject({ state: "QUEUED" });
    await fleet.until(second, ({ state }) => isEnded(state), 5 * MINUTE_MS);
    expectUnmarked([await fleet.head(second)]);
  });
});

test("a message of a run that cannot be read is kept with those beside it, and starts it when it can be", async () => {
  const fleet = aCappedFleet(MINUTE_MS);
  fleet.startCapped(1);
  await fleet.submit(noisy, 1);
  await fleet.clock.advance(1);
  const ids = await fleet.submit(noisy, 3);
  for (const id of ids.slice(0, 1)) fleet.faults.spoilt.add(id);
  // Each is received so often meanwhile that it needs a fresh copy.
  await fleet.clock.advance(limits.tenantHoldReceives * limits.tenantHoldMs);
  expect(fleet.events.of("message.dropped")).toEqual([]);
  expect(fleet.events.of("store.failed")[0]).toMatchObject({ operation: "sort messages out" });
  fleet.faults.heal();
  for (const id of ids) await fleet.until(id, ({ state }) => isEnded(state), 5 * MINUTE_MS);
  expectUnmarked(await fleet.heads(ids));
});

test("a failing queue delays who waits and loses nobody", async () => {
  const fleet = aCappedFleet();
  fleet.startCapped(1);
  const ids = await fleet.submit(noisy, 6);
  for (const operation of ["queue.extend", "queue.send", "queue.delete"] as const)
    for (const fault of [new Error("not now"), "lost-answer"] as const) fleet.faults.failNext(operation, fault, 2);
  expect(await fleet.mostActive(ids, 5 * MINUTE_MS)).toBe(1);
  expectUnmarked(await fleet.heads(ids));
});

test("without a cap nobody says what tenants run, and nothing is read", async () => {
  const fleet = aCappedFleet();
  fleet.start();
  const ids = await fleet.submit(noisy, 10);
  expect(await fleet.mostActive(ids, MINUTE_MS)).toBe(10);
  const shards = await Promise.all(Array.from({ length: limits.fleetShards }, (_, i) => fleet.fleet.workers(i)));
  expect(shards.flat().map(({ tenants }) => tenants)).toEqual([undefined]);
});
