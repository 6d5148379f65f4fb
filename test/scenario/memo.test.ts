/** Answers of a pure agent are used again: one call for all, nothing spent, no tenant sees another's, no death blocks anybody. */
import { expect, test, vi } from "vitest";
import { say } from "../../services/adapters/memory/scripted-model.ts";
import { type RunId, tenantId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { aWorld } from "./worker-fixture.ts";

type World = ReturnType<typeof aWorld>;
const acme = tenantId.parse("acme");
const answer = (text: string, afterMs = 1_000) => say(JSON.stringify({ answer: text }), afterMs);
const runs = (world: World, count: number, tenant = acme): Promise<RunId[]> =>
  Promise.all(Array.from({ length: count }, () => world.submit({ tenant }, "pure")));
const allEnd = async (world: World, ids: readonly RunId[], withinMs = 120_000) => {
  const ended = async () => (await world.runs.read(ids, world.clock.nowMs())).every(({ state }) => isEnded(state));
  await world.clock.advanceUntil(ended, withinMs);
};
const outputOf = async (world: World, id: RunId) => (await world.history.deltas(id, 1, 2))[0]?.output;

test("equal runs on several workers: one call; the others cost nothing and say what they saved", async () => {
  const world = aWorld();
  world.model.otherwise(() => answer("yes"));
  const ids = await runs(world, 25);
  for (let i = 0; i < 3; i++) world.start(10);
  await allEnd(world, ids);
  expect(world.model.calls).toHaveLength(1);
  const heads = await world.runs.read(ids, world.clock.nowMs());
  const [paid, ...free] = heads.toSorted((a, b) => b.spentMicroUsd - a.spentMicroUsd);
  expect(paid?.spentMicroUsd).toBeGreaterThan(0);
  expect(paid?.savedMicroUsd).toBeUndefined();
  for (const head of free)
    expect(head).toMatchObject({
      ...{ state: "SUCCEEDED", turn: 2, spentMicroUsd: 0, inputTokens: 0, reservedMicroUsd: 0, inDoubt: 0 },
      savedMicroUsd: paid?.spentMicroUsd,
    });
  for (const { runId } of free) {
    const [delta] = await world.history.deltas(runId, 1, 2);
    expect(delta).toMatchObject({ via: "memo", costMicroUsd: 0, output: { answer: "yes" }, stopReason: "end_turn" });
  }
});

test("a hit needs no permit and no worker's budget: nothing is booked at the limiter for it", async () => {
  const world = aWorld();
  world.model.otherwise(() => answer("yes"));
  world.start();
  await allEnd(world, await runs(world, 1));
  world.faults.outage(new Error("no limiter, no budgets"), ["limiter.read", "limiter.book", "budgets.settings"]);
  await allEnd(world, await runs(world, 3));
  expect(world.model.calls).toHaveLength(1);
});

test("another tenant, another question's bytes, another version: other answers", async () => {
  const world = aWorld();
  let asked = 0;
  world.model.otherwise(() => answer(`for call ${++asked}`));
  world.start();
  const [mine] = await runs(world, 1);
  const [theirs] = await runs(world, 1, tenantId.parse("other"));
  if (mine === undefined || theirs === undefined) throw new Error("no runs");
  await allEnd(world, [mine, theirs]);
  expect(world.model.calls).toHaveLength(2);
  expect(await outputOf(world, mine)).not.toEqual(await outputOf(world, theirs));
});

test("after its time an answer is asked for again", async () => {
  const world = aWorld();
  world.model.otherwise(() => answer("yes"));
  world.start();
  await allEnd(world, await runs(world, 1));
  await world.clock.advance(3_600_000);
  await allEnd(world, await runs(world, 2));
  expect(world.model.calls).toHaveLength(2);
});

test("the lease of a leader that died runs out; then one of the others calls for all", async () => {
  const world = aWorld();
  world.model.otherwise(() => answer("yes"));
  const { memo, clock } = world;
  vi.spyOn(memo, "read").mockImplementationOnce(async (key) => {
    await memo.lead(key, { leader: "dead", untilMs: clock.nowMs() + limits.memoLeaseMs }, clock.nowMs());
    return memo.read(key);
  });
  const ids = await runs(world, 8);
  world.start();
  await clock.advance(limits.memoLeaseMs - 1_000);
  expect(world.model.calls).toHaveLength(0);
  await allEnd(world, ids, 10_000);
  expect(world.model.calls).toHaveLength(1);
});

test("a leader whose call takes long keeps the others waiting by renewing", async () => {
  const world = aWorld();
  world.model.otherwise((request) => (request.runId === ids[0] ? answer("slow", 80_000) : answer("own")));
  const ids = await runs(world, 1);
  world.start();
  await world.clock.advanceUntil(() => world.model.calls.length === 1, 10_000);
  const rest = await runs(world, 3);
  await world.clock.advance(60_000);
  expect(world.model.calls).toHaveLength(1);
  await allEnd(world, [...ids, ...rest]);
  expect(world.model.calls).toHaveLength(1);
});

test.each([
  ["does not fit the schema", say('{"wrong":1}', 1_000)],
  ["was cut", { ...answer("cut"), stopReason: "max_tokens" }],
  ["was refused", { ...answer("no"), stopReason: "refusal" }],
])("an answer that %s is not kept, and nobody waits for the next one", async (_what, step) => {
  const world = aWorld();
  world.model.otherwise(() => step);
  const ids = await runs(world, 5);
  world.start();
  await allEnd(world, ids, 5_000);
  // A first answer that is no good is asked for once more, by each run for itself.
  expect(world.model.calls.filter(({ turn }) => turn === 1)).toHaveLength(5);
});

test("a store that fails costs calls, never a run", async () => {
  const world = aWorld();
  world.model.otherwise(() => answer("yes"));
  world.faults.outage(new Error("no memo"), ["memo.read", "memo.lead", "memo.replace"]);
  const ids = await runs(world, 4);
  world.start();
  await allEnd(world, ids);
  expect(world.model.calls).toHaveLength(4);
  expect((await world.runs.read(ids, world.clock.nowMs())).every(({ state }) => state === "SUCCEEDED")).toBe(true);
});

test("who waits for a leader leaves at once when its worker drains, with nothing in doubt", async () => {
  const world = aWorld();
  world.model.otherwise(() => answer("late", 25_000));
  world.start();
  const [first] = await runs(world, 1);
  await world.clock.advanceUntil(() => world.model.calls.length === 1, 10_000);
  const [second] = await runs(world, 1);
  const leaving = world.start();
  if (first === undefined || second === undefined) throw new Error("no runs");
  await world.until(second, ({ state }) => state === "RUNNING");
  leaving.heed({ source: "test", atMs: world.clock.nowMs() });
  await world.clock.advance(1_000);
  expect(await world.head(second)).toMatchObject({ inDoubt: 0 });
  await allEnd(world, [first, second]);
  expect(world.model.calls).toHaveLength(1);
});

test("a large answer lies in the content store", async () => {
  const world = aWorld();
  const text = "x".repeat(limits.memoInlineBytes);
  world.model.otherwise(() => answer(text));
  world.start();
  const ids = await runs(world, 3);
  await allEnd(world, ids);
  expect(world.model.calls).toHaveLength(1);
  expect(await Promise.all(ids.map((id) => outputOf(world, id)))).toEqual(ids.map(() => ({ answer: text })));
});

test("turned off, every run calls", async () => {
  const world = aWorld();
  world.saving.off.push("memo");
  world.model.otherwise(() => answer("yes"));
  const ids = await runs(world, 3);
  world.start();
  await allEnd(world, ids);
  expect(world.model.calls).toHaveLength(3);
});
