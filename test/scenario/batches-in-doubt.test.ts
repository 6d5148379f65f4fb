/** A batch is created once, whatever dies, gets lost or stands still on the way. */
import { expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import { mortal } from "../support/mortal.ts";
import { allEnd, HOUR, heads, MINUTE, relaxed, type World, withController } from "./batches-fixture.ts";

/** Where a worker dies, and what nobody can know then: whether a batch whose intent is stored was sent. */
const steps = [
  { at: "batches.intend", doubts: { before: 0, after: 1 } },
  { at: "batchModel.create", doubts: { before: 1, after: 0 } },
  { at: "batches.own", doubts: { before: 0, after: 0 } },
  { at: "batches.settle", doubts: { before: 0, after: 0 } },
] as const;

/** Every turn that an API would have billed: answers of batches that ended. */
const billed = (world: World): string[] =>
  world.batchModel.made.flatMap(({ requests }) => requests.map(({ customId }) => customId));

const deaths = steps.flatMap(({ at, doubts }) => [
  { at, when: "before", inDoubt: doubts.before } as const,
  { at, when: "after", inDoubt: doubts.after } as const,
]);

test.each(deaths)("a worker that dies $when $at: every turn is billed once and committed once", async (death) => {
  const world = withController();
  const ids = await relaxed(world, 4);
  let dying: ReturnType<typeof mortal> | undefined;
  world.rewired.ports = (deps) => {
    const made = mortal(deps, death);
    dying = made;
    return made.ports;
  };
  world.start();
  await world.clock.advanceUntil(() => dying?.isDead() === true, 60_000);
  world.rewired.ports = (deps) => deps;
  world.start();
  await allEnd(world, ids);
  for (const head of await heads(world, ids))
    expect(head).toMatchObject({ state: "SUCCEEDED", turn: 2, inDoubt: death.inDoubt });
  expect(billed(world).toSorted()).toEqual(ids.map((id) => `${id}-1`).toSorted());
});

test("a creation whose answer is lost is found in the list, not made again", async () => {
  const world = withController();
  world.batchModel.failNext("create", "lost-answer");
  const ids = await relaxed(world, 3);
  world.start();
  await allEnd(world, ids);
  expect(world.batchModel.made).toHaveLength(1);
  for (const head of await heads(world, ids))
    expect(head).toMatchObject({ state: "SUCCEEDED", inDoubt: 0, spentMicroUsd: 10 });
});

test("a creation that nobody answered and that did not happen is made again, and the doubt is booked", async () => {
  const world = withController();
  world.batchModel.failNext("create", { kind: "failed", code: "connection", message: "cut", billed: "maybe" });
  const ids = await relaxed(world, 3);
  world.start();
  await allEnd(world, ids);
  expect(world.batchModel.made).toHaveLength(1);
  for (const head of await heads(world, ids)) {
    expect(head).toMatchObject({ state: "SUCCEEDED", inDoubt: 1, spentMicroUsd: 10 });
    expect(head.possibleMicroUsd).toBeGreaterThan(0);
  }
});

test("batches of others of the same size and time are not taken for ours", async () => {
  const world = withController();
  world.batchModel.failNext("create", "lost-answer");
  const ids = await relaxed(world, 2);
  world.start();
  await world.clock.advanceUntil(() => world.batchModel.made.length === 1, 60_000);
  const [mine] = world.batchModel.made;
  if (mine === undefined) throw new Error("no batch");
  const theirs = mine.requests.map((one, i) => ({ ...one, customId: `theirs-${i}` }));
  await world.batchModel.create(theirs, { signal: new AbortController().signal, timeoutMs: 1_000 });
  await allEnd(world, ids);
  expect(world.batchModel.made).toHaveLength(2);
  for (const head of await heads(world, ids)) expect(head).toMatchObject({ state: "SUCCEEDED", inDoubt: 0 });
});

test("a sender that stood still until its flight was judged void takes back what it sends", async () => {
  const world = withController();
  const { promise: gone, resolve: goOn } = Promise.withResolvers<void>();
  let held = false;
  world.rewired.ports = (deps) => ({
    ...deps,
    batchModel: {
      ...world.batchModel,
      create: async (requests, options) => {
        if (!held) {
          held = true;
          await gone;
        }
        // It was under way already: nothing takes it back.
        return world.batchModel.create(requests, { ...options, signal: new AbortController().signal });
      },
    },
  });
  const ids = await relaxed(world, 2);
  world.start();
  await world.clock.advanceUntil(() => world.batchModel.made.length === 1, HOUR);
  goOn();
  await allEnd(world, ids);
  expect(world.batchModel.made).toHaveLength(2);
  expect(world.batchModel.calls.cancel).toBe(1);
  for (const head of await heads(world, ids)) expect(head).toMatchObject({ state: "SUCCEEDED", inDoubt: 1 });
});

test("a sender whose machine slept while the intent was stored sends nothing, though it was heard again before it knew", async () => {
  const world = withController();
  let sleptMs = 0;
  const settled: string[] = [];
  world.rewired.ports = (deps) => ({
    ...deps,
    clock: { ...world.clock, nowMs: () => world.clock.nowMs() + sleptMs },
    batches: {
      ...world.batches,
      intend: async (flight) => {
        const isIntended = await world.batches.intend(flight);
        const sleepsNow = sleptMs === 0;
        sleptMs = 10 * MINUTE;
        if (sleepsNow) await world.clock.sleep(2 * limits.heartbeatMs);
        return isIntended;
      },
      settle: (id, as) => {
        settled.push(as.state);
        return world.batches.settle(id, as);
      },
    },
  });
  const ids = await relaxed(world, 2);
  world.start();
  await allEnd(world, ids);
  expect(settled).toEqual(["VOID", "SENT"]);
  expect(world.batchModel.made).toHaveLength(1);
  for (const head of await heads(world, ids)) expect(head).toMatchObject({ state: "SUCCEEDED", inDoubt: 0 });
});
