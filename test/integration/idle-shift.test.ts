/** A shift of the controller while nothing is queued and nothing runs: it ends by itself, and uses no more than the bill says. */
import { expect, test } from "vitest";
import { idleShift } from "../support/idle-shift.ts";
import { idleShiftAtMost } from "../support/idle-usage.ts";

test("an idle shift ends by itself and stays below what is billed for it", async () => {
  const { ended, ...usage } = await idleShift();
  expect(ended).toBe("idle");
  for (const what of ["tableReads", "tableWrites", "queueRequests"] as const) {
    expect(usage[what], `${what} ${JSON.stringify(usage)}`).toBeLessThanOrEqual(idleShiftAtMost[what]);
    // Not far below either: a bound that nothing comes near says nothing.
    expect(usage[what], what).toBeGreaterThan(idleShiftAtMost[what] / 3);
  }
});
