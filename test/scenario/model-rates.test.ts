/** What a decision knows of the model's limits before anybody has called: what is configured, not that nothing bounds it. */
import { expect, test } from "vitest";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { modelRates } from "../../services/controller/capacity/model-rates.ts";
import { aTimeMs } from "../support/builders.ts";

const rate = {
  ...{ platform: "anthropic", workspace: "default", headroom: 0.5, rampMs: 0 },
  limits: { "*": { requestsPerMinute: 300 } },
};

test("a fleet that has never called is bounded by its configured limits", async () => {
  const { limiter } = memoryWorld({ clock: manualClock(aTimeMs) });
  const before = { paces: {}, active: 0, sinceMs: 0, nowMs: aTimeMs };
  const { signal } = await modelRates(limiter, rate, before);
  const classes = signal.kind === "known" ? signal.value.classes : [];
  expect(classes.length).toBeGreaterThan(0);
  for (const one of classes) expect(one).toMatchObject({ callsPerMinute: 150, callsNowPerMinute: 150 });
});
