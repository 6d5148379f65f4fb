import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batcher, type Outcome } from "../../../services/adapters/aws/batcher.ts";
import { limits } from "../../../services/contract/limits.ts";
import { StoreOutage } from "../../../services/core/store-outage.ts";

type Job = {
  readonly id: number;
  readonly key: string;
  readonly fate: "done" | "failed" | "again" | "again-then-done";
};
const MAX = 5;

const jobs = fc
  .array(
    fc.record({
      key: fc.constantFrom("a", "a", "b", "b", "c", "d", "e", "f", "g", "h", "i", "j"),
      fate: fc.constantFrom("done", "done", "done", "failed", "again", "again-then-done"),
      ticksBefore: fc.constantFrom(0, 0, 0, 0, 1, 3),
    }),
    { maxLength: 60, size: "max" },
  )
  .map((list) => list.map((job, id) => ({ ...job, id })));

/** Turns of the event loop. */
const ticks = async (count: number) => {
  for (let i = 0; i < count; i++) await turn();
};

/** A service that answers by each job's fate and records what it was asked. */
function recorder() {
  const calls: Job[][] = [];
  const tries = new Map<number, number>();
  const seen = { running: 0, mostRunning: 0 };
  const busy = new Set<string>();
  const outcomeOf = (job: Job): Outcome<number> => {
    const tried = (tries.get(job.id) ?? 0) + 1;
    tries.set(job.id, tried);
    if (job.fate === "failed") return { kind: "failed", error: new Error(`job ${job.id}`) };
    if (job.fate === "again" || (job.fate === "again-then-done" && tried < 3)) return { kind: "again" };
    return { kind: "done", value: job.id };
  };
  const send = async (batch: readonly Job[]) => {
    seen.running += 1;
    seen.mostRunning = Math.max(seen.mostRunning, seen.running);
    calls.push([...batch]);
    for (const { key } of batch) {
      expect(busy.has(key)).toBe(false);
      busy.add(key);
    }
    await ticks(3 * batch.length);
    for (const { key } of batch) busy.delete(key);
    seen.running -= 1;
    return batch.map(outcomeOf);
  };
  return { calls, tries, seen, send };
}

describe("batcher", () => {
  test("settles every caller, keeps to the bounds, keeps the order of a key", async () => {
    await fc.assert(
      fc.asyncProperty(jobs, async (list) => {
        const { calls, tries, seen, send } = recorder();
        const add = batcher<Job, number>({
          name: "test",
          max: MAX,
          keyOf: (job) => job.key,
          send,
          pause: () => ticks(2),
        });
        const settled: number[] = [];
        const added: Promise<PromiseSettledResult<number>[]>[] = [];
        for (const job of list) {
          await ticks(job.ticksBefore);
          added.push(Promise.allSettled([add(job).finally(() => settled.push(job.id))]));
        }
        const results = (await Promise.all(added)).flat();
        expect(settled.toSorted((a, b) => a - b)).toEqual(list.map((job) => job.id));
        list.forEach((job, i) => {
          const good = job.fate === "done" || job.fate === "again-then-done";
          expect(results[i]).toMatchObject(good ? { status: "fulfilled", value: job.id } : { status: "rejected" });
          const tried = tries.get(job.id);
          if (job.fate === "again") {
            expect(results[i]).toMatchObject({ reason: expect.any(StoreOutage) });
            expect(tried).toBeGreaterThanOrEqual(limits.batchAttempts);
            // Each job that another call took starts the count again.
            expect(tried).toBeLessThanOrEqual(limits.batchAttempts * MAX);
          } else expect(tried).toBe(job.fate === "again-then-done" ? 3 : 1);
        });
        for (const call of calls) expect(call.length).toBeLessThanOrEqual(MAX);
        expect(seen.mostRunning).toBeLessThanOrEqual(limits.batchesInFlight);
        const firstSends = [...new Set(calls.flat().map((job) => job.id))];
        for (const key of new Set(list.map((job) => job.key))) {
          const ofKey = list.filter((job) => job.key === key).map((job) => job.id);
          expect(firstSends.filter((id) => ofKey.includes(id))).toEqual(ofKey);
        }
      }),
    );
  });

  test("jobs of one turn of the event loop share a call; while calls are on their way, jobs collect", async () => {
    const calls: number[][] = [];
    const answers: (() => void)[] = [];
    const add = batcher<number, number>({
      name: "test",
      max: 100,
      send: async (batch) => {
        calls.push([...batch]);
        await new Promise<void>((resolve) => answers.push(resolve));
        return batch.map((value) => ({ kind: "done", value }));
      },
    });
    const first = [add(1), add(2)];
    await ticks(1);
    const second = [add(3)];
    await ticks(1);
    const third = [add(4), add(5)];
    await ticks(1);
    expect(calls).toEqual([[1, 2], [3]]);
    answers.shift()?.();
    await Promise.all(first);
    const late = add(6);
    await ticks(20);
    for (const answer of answers) answer();
    await ticks(20);
    for (const answer of answers) answer();
    expect(await Promise.all([...second, ...third, late])).toEqual([3, 4, 5, 6]);
    expect(calls).toHaveLength(4);
    expect(calls[2]).toEqual([4, 5]);
  });

  test("a call that does part of its work each time gets it done, however many calls that takes", async () => {
    let calls = 0;
    const add = batcher<number, number>({
      name: "test",
      max: 50,
      pause: () => ticks(1),
      send: async (batch) => {
        calls += 1;
        return batch.map((value, i): Outcome<number> => (i === 0 ? { kind: "done", value } : { kind: "again" }));
      },
    });
    const jobs = Array.from({ length: limits.batchAttempts * 3 }, (_, i) => i);
    expect(await Promise.all(jobs.map(add))).toEqual(jobs);
    expect(calls).toBe(jobs.length);
  });

  test("a call that throws rejects its jobs and no others", async () => {
    const add = batcher<number, number>({
      name: "test",
      max: 1,
      send: async ([job]) => {
        if (job === 1) throw new Error("down");
        return [{ kind: "done", value: 2 }];
      },
    });
    const [one, two] = await Promise.allSettled([add(1), add(2)]);
    expect(one).toMatchObject({ status: "rejected", reason: new Error("down") });
    expect(two).toMatchObject({ status: "fulfilled", value: 2 });
  });

  test("an answer for fewer jobs than asked rejects those left out", async () => {
    const add = batcher<number, number>({ name: "test", max: 9, send: async () => [{ kind: "done", value: 1 }] });
    const [one, two] = await Promise.allSettled([add(1), add(2)]);
    expect(one?.status).toBe("fulfilled");
    expect(two?.status).toBe("rejected");
  });

  test("joined jobs share one result until it is sent", async () => {
    let calls = 0;
    const add = batcher<string, number>({
      name: "test",
      max: 9,
      keyOf: (key) => key,
      join: true,
      send: async (batch) => {
        calls += 1;
        expect(batch).toEqual(["a"]);
        return [{ kind: "done", value: calls }];
      },
    });
    const [one, two] = [add("a"), add("a")];
    await ticks(1);
    const later = add("a");
    expect(await Promise.all([one, two, later])).toEqual([1, 1, 2]);
  });

  test("more jobs than may wait are refused at once", async () => {
    const add = batcher<number, number>({
      name: "test",
      max: 1_000,
      send: async (batch) => batch.map((value) => ({ kind: "done", value })),
    });
    const all = await Promise.allSettled(Array.from({ length: limits.batchQueueMax + 1 }, (_, i) => add(i)));
    expect(all.filter((one) => one.status === "rejected")).toHaveLength(1);
    expect(all.at(-1)).toMatchObject({ status: "rejected", reason: expect.any(StoreOutage) });
  });
});
