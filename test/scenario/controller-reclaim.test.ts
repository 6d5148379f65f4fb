/** How fast the runs of a worker that ended go back to the queue while many other deaths are still being looked after. */
import { expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import { Controller } from "../../services/controller/controller.ts";
import type { RunIndex } from "../../services/ports/run-index.ts";
import { aWorkerId } from "../support/ids.ts";
import { aFleet } from "./controller-fixture.ts";

const EARLIER_DEATHS = 60;
const QUERY_MS = 50;
/** A supervisor's report is acted on within this, whatever else is going on. */
const WITHIN_MS = 1_000;

test("a death that is reported is acted on at once although sixty earlier ones are still asked for", async () => {
  const { clock, world, worker, held, read, end } = aFleet();
  const index: RunIndex = {
    ...world.index,
    byHolder: async (...query) => {
      await clock.sleep(QUERY_MS);
      return world.index.byHolder(...query);
    },
  };
  const controller = new Controller({ ...world, index });
  const stop = new AbortController();
  const over = controller.run(stop.signal);
  for (let i = 0; i < EARLIER_DEATHS; i++) controller.reportEnd(aWorkerId());
  await clock.advance(10_000);

  const late: number[] = [];
  for (let i = 0; i < 5; i++) {
    const { workerId, die } = worker();
    await clock.advance(1_000 + i * 137);
    const { runId } = await held(workerId);
    die();
    const diedMs = clock.nowMs();
    controller.reportEnd(workerId);
    await clock.advanceUntil(async () => (await read(runId)).state === "QUEUED", 30_000);
    late.push(clock.nowMs() - diedMs);
  }
  expect(Math.max(...late)).toBeLessThan(WITHIN_MS);
  stop.abort();
  await clock.advance(10_000);
  await over;
  await end();
});

test("silence is noticed when its time is over, not up to two looks later", async () => {
  for (const phaseMs of [0, 300, 1_100, 1_990]) {
    const { clock, control, worker, held, read, end } = aFleet();
    control();
    await clock.advance(phaseMs);
    const { workerId, die } = worker();
    await clock.advance(10);
    const { runId } = await held(workerId);
    const beatMs = clock.nowMs();
    die();
    await clock.advanceUntil(async () => (await read(runId)).state === "QUEUED", 60_000);
    const tookMs = clock.nowMs() - beatMs;
    expect(tookMs).toBeGreaterThan(limits.deadAfterMs - 100);
    // The look that saw the last beat, then the silence; nothing is rounded up to another look.
    expect(tookMs).toBeLessThanOrEqual(limits.deadAfterMs + limits.watchMs + 100);
    await end();
  }
});
