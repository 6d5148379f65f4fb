import { expect, test } from "vitest";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../../services/adapters/memory/world.ts";
import { lastBeatMs } from "../../../services/core/silence.ts";
import { Freshness } from "../../../services/worker/freshness.ts";
import { Heartbeat } from "../../../services/worker/heartbeat.ts";
import { OwnTime } from "../../../services/worker/own-time.ts";
import { aBeat, aTimeMs } from "../../support/builders.ts";
import { aWorkerId } from "../../support/ids.ts";

test("a worker that beats more often than it must is not taken for alive after its last beat", async () => {
  const clock = manualClock(aTimeMs);
  const world = memoryWorld({ clock, seed: 1 });
  const { counter, ...said } = aBeat({ workerId: aWorkerId(), startedAtMs: clock.nowMs() });
  const heartbeat = new Heartbeat({ ...world, own: new OwnTime(clock) }, new Freshness(clock), {
    describe: () => said,
    onAcknowledged: () => {},
    onInbox: () => true,
    onDrain: () => {},
    onBuried: () => {},
  });
  for (let second = 0; second < 60; second++) {
    await heartbeat.beat();
    await clock.advance(1_000);
  }
  const item = await world.fleet.worker(said.workerId);
  expect(item && lastBeatMs(item)).toBe(aTimeMs + 59_000);
});
