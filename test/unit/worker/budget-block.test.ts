import { expect, test } from "vitest";
import { eventRecorder } from "../../../services/adapters/memory/event-recorder.ts";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { seededChance } from "../../../services/adapters/memory/seeded-chance.ts";
import { memoryWorld } from "../../../services/adapters/memory/world.ts";
import { budgetId } from "../../../services/contract/budgets.ts";
import { workerId as anId } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import { buryLease, changeLease } from "../../../services/core/budget-account.ts";
import { BudgetBlock } from "../../../services/worker/budget-block.ts";
import { Ceilings } from "../../../services/worker/ceilings.ts";

const id = budgetId.parse("tenant:acme:1970-01-01");
const budget = { id, startMs: 0, endMs: 24 * 3_600_000, limitMicroUsd: 1_000 };
const workerId = anId.parse("w_00000001");

/** A block that may draw up to 1,000 by its beats; the store behind it. */
function aBlock() {
  const clock = manualClock(0);
  const { budgets: store } = memoryWorld({ clock, seed: 1 });
  const ceilings = new Ceilings();
  ceilings.say(1, new Map([[id, 1_000]]));
  ceilings.acknowledged(1);
  const events = eventRecorder(clock);
  const beat = () => Promise.resolve(true);
  let op = 0;
  const shared = {
    workerId,
    store,
    clock,
    chance: seededChance(1),
    events,
    ceilings,
    beat,
    stop: new AbortController().signal,
  };
  const block = new BudgetBlock({ ...shared, nextOp: () => ++op }, budget);
  const draw = async (microUsd: number) => {
    const drawn = await block.take(budget, microUsd, new AbortController().signal);
    if (drawn.kind !== "drawn") throw new Error(`not drawn: ${drawn.kind}`);
    return drawn;
  };
  return { clock, store, block, draw };
}

test("what was spent is told when the block closes, also when a late lease was taken just before", async () => {
  const { clock, store, block, draw } = aBlock();
  (await draw(200)).settle(80);
  const { entry: from } = await store.read(id, workerId);
  // A try to lease that was refused at its repetition, and came through after that.
  const late = changeLease(workerId, { from, to: { op: 99, leased: 600, spent: 0 }, limit: 1_000 });
  expect(await store.move(id, late)).toMatchObject({ kind: "moved" });
  await clock.advance(limits.budgetIdleMs);
  expect(await block.upkeep()).toBe(false);
  const again = await draw(300);
  again.settle(100);
  await clock.advance(limits.budgetIdleMs);
  expect(await block.upkeep()).toBe(true);
  expect(await store.read(id, workerId)).toEqual({ leasedMicroUsd: 180, spentMicroUsd: 180, entry: undefined });
});

test("what was charged when the worker was taken for dead is not told a second time", async () => {
  const { clock, store, block, draw } = aBlock();
  const underWay = await draw(50);
  (await draw(200)).settle(150);
  const { entry } = await store.read(id, workerId);
  if (entry === undefined) throw new Error("nothing is leased");
  expect(await store.move(id, buryLease(workerId, entry, 250))).toMatchObject({ kind: "moved" });
  const charged = { leasedMicroUsd: 250, spentMicroUsd: 250, entry: undefined };
  // It does not know it yet, and goes on telling, asking and closing.
  for (let i = 0; i < 2; i++) {
    await clock.advance(limits.budgetTellMs);
    expect(await block.upkeep()).toBe(false);
    expect(await block.take(budget, 300, new AbortController().signal)).toMatchObject({ kind: "held" });
    expect(await store.read(id, workerId)).toEqual(charged);
  }
  underWay.settle(40);
  await clock.advance(limits.budgetIdleMs);
  expect(await block.upkeep()).toBe(true);
  expect(await store.read(id, workerId)).toEqual(charged);
});
