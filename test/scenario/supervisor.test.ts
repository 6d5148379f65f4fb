/** The supervisor of a machine: what ends is reported and started again, what is drained rests, what is told to stop drains. */
import { describe, expect, test } from "vitest";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { seededChance } from "../../services/adapters/memory/seeded-chance.ts";
import { parentChannel } from "../../services/adapters/system/parent-asks.ts";
import { parentProtection } from "../../services/adapters/system/parent-protection.ts";
import { type WorkerId, workerId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { FromWorker } from "../../services/contract/supervision.ts";
import type { ProtectionOutcome, TaskProtection } from "../../services/ports/task-protection.ts";
import { KeepWorkers, type WorkerProcess } from "../../services/worker/supervisor/keep-workers.ts";
import { SharedProtection } from "../../services/worker/supervisor/shared-protection.ts";

type Started = WorkerProcess & { readonly stops: number; end(clean: boolean): void };

function aMachine(processes: number, report: (id: WorkerId) => Promise<void> = async () => undefined) {
  const clock = manualClock(0);
  const started: Started[] = [];
  const reported: WorkerId[] = [];
  const start = (): Started => {
    const { promise, resolve } = Promise.withResolvers<{ clean: boolean }>();
    let stops = 0;
    const worker: Started = {
      workerId: workerId.parse(`w_process-${started.length}`),
      ended: promise,
      get stops() {
        return stops;
      },
      told: undefined,
      hold: () => undefined,
      stop: () => {
        stops++;
      },
      end: (clean) => resolve({ clean }),
    };
    started.push(worker);
    return worker;
  };
  const keep = new KeepWorkers({
    ...{ processes, clock, chance: seededChance(7), start },
    report: async (id) => {
      reported.push(id);
      await report(id);
    },
  });
  const at = (i: number): Started => {
    const worker = started[i];
    if (worker === undefined) throw new Error(`worker ${i} was not started`);
    return worker;
  };
  return { clock, started, reported, keep, at };
}

describe("a process that ends badly", () => {
  test("is reported by its id and started again at once; the others do not notice", async () => {
    const { clock, started, reported, at } = aMachine(2);
    expect(started).toHaveLength(2);
    at(0).end(false);
    await clock.advance(limits.restartBaseMs * 2);
    expect(reported).toEqual([at(0).workerId]);
    expect(started).toHaveLength(3);
    expect(at(1).stops).toBe(0);
  });

  test("again and again is started with growing waits, for ever, and soon again once it lived for a while", async () => {
    const { clock, started, at } = aMachine(1);
    for (let i = 0; i < 12; i++) {
      at(started.length - 1).end(false);
      await clock.advance(limits.restartMaxMs);
      expect(started.length).toBe(i + 2);
    }
    await clock.advance(limits.settledMs);
    at(started.length - 1).end(false);
    await clock.advance(limits.restartBaseMs);
    expect(started.length).toBe(14);
  });

  test("and cannot be reported is started again all the same", async () => {
    const { clock, started, at } = aMachine(1, () => Promise.reject(new Error("no store")));
    at(0).end(false);
    await clock.advance(limits.restartBaseMs * 2);
    expect(started).toHaveLength(2);
  });
});

describe("a process that was drained", () => {
  test("rests while others work: its machine may be going", async () => {
    const { clock, started, reported, at } = aMachine(2);
    at(0).end(true);
    await clock.advance(limits.drainedRestMs - 1);
    expect(started).toHaveLength(2);
    await clock.advance(1);
    expect(started).toHaveLength(3);
    expect(reported).toEqual([]);
  });

  test("and all others too: the machine is going, and the supervisor leaves", async () => {
    const { clock, started, keep, at } = aMachine(2);
    at(0).end(true);
    await clock.advance(1_000);
    at(1).end(true);
    await clock.advance(1);
    expect(await keep.whenStopped()).toBe(true);
    expect(started).toHaveLength(2);
  });
});

describe("told to stop", () => {
  test("it drains every process, passes a second signal on, and waits for all", async () => {
    const { clock, keep, at } = aMachine(2);
    keep.stop();
    keep.stop();
    expect([at(0).stops, at(1).stops]).toEqual([2, 2]);
    at(0).end(true);
    let over = false;
    const stopped = keep.whenStopped().then((clean) => {
      over = true;
      return clean;
    });
    await clock.advance(limits.drainedRestMs);
    expect(over).toBe(false);
    at(1).end(true);
    expect(await stopped).toBe(true);
  });

  test("it says so when a process left runs behind, and reports it", async () => {
    const { keep, at, reported } = aMachine(1);
    keep.stop();
    at(0).end(false);
    expect(await keep.whenStopped()).toBe(false);
    expect(reported).toEqual([at(0).workerId]);
  });

  test("it starts nothing while it waits to start again", async () => {
    const { clock, started, keep, at } = aMachine(1);
    at(0).end(false);
    await clock.advance(0);
    keep.stop();
    expect(await keep.whenStopped()).toBe(true);
    await clock.advance(limits.restartMaxMs);
    expect(started).toHaveLength(1);
  });
});

function aTask() {
  const calls: string[] = [];
  const protection: TaskProtection = {
    protect: async () => {
      calls.push("protect");
      return { kind: "done" };
    },
    release: async () => {
      calls.push("release");
      return { kind: "done" };
    },
  };
  return { calls, shared: new SharedProtection(protection) };
}

describe("protection of a task with several workers", () => {
  test("stays while one of them wants it", async () => {
    const { calls, shared } = aTask();
    const [a, b] = [{}, {}];
    await shared.wish(a, true);
    await shared.wish(b, true);
    expect(await shared.wish(a, false)).toEqual({ kind: "done" });
    expect(calls).toEqual(["protect", "protect"]);
    await shared.wish(b, false);
    expect(calls).toEqual(["protect", "protect", "release"]);
  });

  test("does not outlive a worker that died with it", async () => {
    const { calls, shared } = aTask();
    const [a, b] = [{}, {}];
    await shared.wish(a, true);
    await shared.forget(b);
    await shared.forget(a);
    await shared.forget(a);
    expect(calls).toEqual(["protect", "release"]);
  });
});

test("a wish that comes while protection is being given up is sent after it: what the agent hears last is what holds", async () => {
  const calls: string[] = [];
  const given = Promise.withResolvers<ProtectionOutcome>();
  const shared = new SharedProtection({
    protect: async () => {
      calls.push("protect");
      return { kind: "done" };
    },
    release: () => {
      calls.push("release");
      return given.promise;
    },
  });
  const [a, b, c] = [{}, {}, {}];
  await shared.wish(a, true);
  const gone = shared.forget(a);
  await new Promise(setImmediate);
  const wish = shared.wish(b, true);
  const other = shared.wish(c, false);
  await new Promise(setImmediate);
  expect(calls).toEqual(["protect", "release"]);
  given.resolve({ kind: "done" });
  await Promise.all([gone, wish, other]);
  expect(calls).toEqual(["protect", "release", "protect"]);
});

describe("a worker's wish", () => {
  function aChannel() {
    const clock = manualClock(0);
    const sent: FromWorker[] = [];
    let hear = (_: unknown): void => undefined;
    const protection = parentProtection(
      { send: (message) => void sent.push(message), on: (_, listener) => (hear = listener) },
      clock,
    );
    return { clock, sent, protection, hear: (message: unknown) => hear(message) };
  }

  test("is answered by the outcome of that wish, whatever else is said", async () => {
    const { sent, protection, hear } = aChannel();
    const first = protection.protect();
    const second = protection.release();
    expect(sent).toEqual([
      { kind: "protection-wish", ask: 0, wanted: true },
      { kind: "protection-wish", ask: 1, wanted: false },
    ]);
    const blocked: ProtectionOutcome = { kind: "blocked", because: "the service wants fewer" };
    hear("nonsense");
    hear({ kind: "protection-outcome", ask: 1, outcome: { kind: "done" } });
    hear({ kind: "protection-outcome", ask: 0, outcome: blocked });
    expect(await first).toEqual(blocked);
    expect(await second).toEqual({ kind: "done" });
  });

  test("that is sent when the supervisor has gone is no error: the worker is to drain, not to die", async () => {
    const sent: unknown[] = [];
    const gone = { send: (...all: unknown[]) => sent.push(all.at(-1)) > 0, on: () => undefined };
    parentChannel<FromWorker>(gone).send({ kind: "worker-idle", idleMs: 0, held: false });
    expect(sent).toEqual([expect.any(Function)]);
  });

  test("that nobody answers has failed after a while", async () => {
    const { clock, protection } = aChannel();
    const wish = protection.protect();
    await clock.advance(2 * limits.protectionCallMs);
    expect(await wish).toMatchObject({ kind: "failed" });
  });
});
