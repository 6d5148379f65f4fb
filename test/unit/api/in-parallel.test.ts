import { expect, test } from "vitest";
import { inParallel } from "../../../services/api/in-parallel.ts";
import { limits } from "../../../services/contract/limits.ts";

const items = Array.from({ length: 4 * limits.requestParallel }, (_, i) => i);

/** Work that is over when its turn is called. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("does all work, in order of the items, within its bound", async () => {
  let active = 0;
  let most = 0;
  const results = await inParallel(items, async (item) => {
    most = Math.max(most, ++active);
    for (let i = 0; i < (item * 7) % 5; i++) await turn();
    active -= 1;
    return item * 2;
  });
  expect(results).toEqual(items.map((item) => item * 2));
  expect(most).toBe(limits.requestParallel);
});

test("begins nothing after a failure, and leaves nothing running", async () => {
  let begun = 0;
  let active = 0;
  const work = inParallel(items, async (item) => {
    begun += 1;
    active += 1;
    await turn();
    active -= 1;
    if (item === 3) throw new Error("no");
  });
  await expect(work).rejects.toThrow("no");
  expect([active, begun]).toEqual([0, limits.requestParallel + 3]);
});

test("of nothing is nothing", async () => {
  expect(await inParallel([], async () => 1)).toEqual([]);
});
