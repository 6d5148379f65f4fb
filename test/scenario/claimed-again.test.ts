/** A worker that was taken for dead, and has not heard it, claims a run again that it executes still. */
import { expect, test } from "vitest";
import { say } from "../../services/adapters/memory/scripted-model.ts";
import { wakeId, workerId } from "../../services/contract/ids.ts";
import { wakeOf } from "../../services/core/lifecycle.ts";
import { afterLoss } from "../../services/core/recovery.ts";
import type { Model } from "../../services/ports/model.ts";
import { aWorld } from "./worker-fixture.ts";

test("its call of before ends at once: the run has one slot and one call", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [say("before", 60_000), say("after", 60_000)]);
  let open = 0;
  let most = 0;
  const model: Model = {
    call: async (request, options) => {
      most = Math.max(most, ++open);
      const end = () => void open--;
      options.signal.addEventListener("abort", end, { once: true });
      try {
        return await world.model.call(request, options);
      } finally {
        if (!options.signal.aborted) end();
      }
    },
  };
  const worker = world.start(2, model);
  await world.clock.advanceUntil(() => open === 1, 10_000);
  const head = await world.head(id);
  // Beats are on their way until the claim.
  world.faults.outage(new Error("no answer"), ["fleet.beat"]);
  await world.fleet.bury(workerId.parse(head.holder), "end-seen", world.clock.nowMs());
  const wake = wakeId.parse(`k_${world.chance.id()}`);
  const recovery = afterLoss(head, { nowMs: world.clock.nowMs(), lastSeenMs: undefined, wakeId: wake });
  if (recovery.kind === "left") throw new Error("nothing to reclaim");
  const outcome = await world.runs.write(id, recovery.write);
  if (outcome.kind !== "written") throw new Error("not reclaimed");
  await world.queue.send(head.lane, [wakeOf(outcome.head, wake)]);
  await world.clock.advanceUntil(() => world.model.calls.length === 2, 10_000);
  expect(await world.head(id)).toMatchObject({ state: "RUNNING", epoch: head.epoch + 2 });
  expect([most, open]).toEqual([1, 1]);
  world.faults.heal();
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 30_000);
  expect(open).toBe(0);
});
