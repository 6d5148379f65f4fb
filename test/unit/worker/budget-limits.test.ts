import { expect, test } from "vitest";
import { eventRecorder } from "../../../services/adapters/memory/event-recorder.ts";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../../services/adapters/memory/world.ts";
import { limits } from "../../../services/contract/limits.ts";
import { BudgetLimits } from "../../../services/worker/budget-limits.ts";

test("limits that cannot be read any more are asked for with pauses, and nobody is told old ones", async () => {
  const clock = manualClock(0);
  const { budgets: store, faults } = memoryWorld({ clock, seed: 1 });
  let reads = 0;
  const counted = {
    ...store,
    settings: () => {
      reads++;
      if (reads > 1_000) throw new Error("asked without a pause");
      return store.settings();
    },
  };
  const view = new BudgetLimits({ store: counted, clock, events: eventRecorder(clock) });
  const over = new AbortController();
  expect(await view.current(over.signal)).toBeDefined();
  faults.outage(new Error("gone"), ["budgets.settings"]);
  await clock.advance(limits.budgetOldMs);
  reads = 0;
  const asked = view.current(over.signal);
  await clock.advance(10 * limits.rateRetryBaseMs);
  expect(reads).toBeGreaterThan(5);
  expect(reads).toBeLessThan(15);
  over.abort();
  expect(await asked).toBeUndefined();
});
