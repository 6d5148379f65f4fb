import { expect, test } from "vitest";
import { type Lane, lanes } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import { PermitQueue } from "../../../services/worker/permit-queue.ts";

const tokens = { input: 0, output: 0 };
const waiter = (lane: Lane) => ({ lane, tokens, give: () => undefined });

/** Who is served when every lane always has somebody waiting. */
function served(count: number, waiting: readonly Lane[] = lanes): Record<Lane, number> {
  const queue = new PermitQueue<string>();
  const counts = { high: 0, normal: 0, low: 0 };
  for (const lane of waiting) queue.add(waiter(lane));
  for (let i = 0; i < count; i++) {
    const next = queue.take();
    if (next === undefined) throw new Error("nobody");
    counts[next.lane]++;
    queue.add(waiter(next.lane));
  }
  return counts;
}

test("lanes share permits by their weights; low waits longest and is never starved", () => {
  const total = lanes.reduce((sum, lane) => sum + limits.laneWeights[lane], 0);
  const counts = served(1_000);
  for (const lane of lanes) expect(Math.abs(counts[lane] - (1_000 * limits.laneWeights[lane]) / total)).toBeLessThan(2);
});

test("a lane alone gets everything, and owes nothing when the others come", () => {
  expect(served(50, ["low"]).low).toBe(50);
  const queue = new PermitQueue<string>();
  for (let i = 0; i < 100; i++) queue.add(waiter("low"));
  for (let i = 0; i < 50; i++) queue.take();
  for (let i = 0; i < 50; i++) queue.add(waiter("high"));
  const next = Array.from({ length: 28 }, () => queue.take()?.lane);
  expect(next.filter((lane) => lane === "low").length).toBeGreaterThanOrEqual(3);
  expect(next.filter((lane) => lane === "high").length).toBeGreaterThanOrEqual(22);
});

test("within a lane the first that asked comes first; who left is not served", () => {
  const queue = new PermitQueue<string>();
  const all = [waiter("normal"), waiter("normal"), waiter("normal")];
  for (const one of all) queue.add(one);
  if (all[0] !== undefined) queue.remove(all[0]);
  expect([queue.take(), queue.take(), queue.take()]).toEqual([all[1], all[2], undefined]);
});
