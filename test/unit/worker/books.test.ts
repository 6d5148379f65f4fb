import { expect, test } from "vitest";
import { eventRecorder } from "../../../services/adapters/memory/event-recorder.ts";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../../services/adapters/memory/world.ts";
import { hourOf } from "../../../services/core/books.ts";
import { mergeCells, totalOf } from "../../../services/core/cost-cells.ts";
import type { Lease } from "../../../services/core/held-run.ts";
import { claim, commitTurn, release, wakeOf } from "../../../services/core/lifecycle.ts";
import type { WriteOutcome } from "../../../services/ports/run-store.ts";
import { Books } from "../../../services/worker/books.ts";
import { aDelta, aHead, aTimeMs, aUsage } from "../../support/builders.ts";
import { aNonce, aWakeId, aWorkerId } from "../../support/ids.ts";

/** A worker that claims and gives back one run; the answer to its release comes when the test says so. */
async function aWorkerWhoseReleaseIsSlow() {
  const clock = manualClock(aTimeMs);
  const { runs, history, ledger } = memoryWorld({ clock, seed: 1 });
  const holder = aWorkerId();
  const answer = Promise.withResolvers<void>();
  const slow = {
    ...runs,
    write: async (...[id, write]: Parameters<typeof runs.write>): Promise<WriteOutcome> => {
      const outcome = await runs.write(id, write);
      if (write.set.state === "QUEUED") await answer.promise;
      return outcome;
    },
  };
  const stores = new Books({ clock, events: eventRecorder(clock), ledger }, holder).around({ runs: slow, history });
  const head = aHead({ wakeId: aWakeId() });
  await runs.create(head, aTimeMs);
  const claimed = async (wakeId = head.wakeId) => {
    if (wakeId === undefined) throw new Error("nothing wakes the run");
    const outcome = await stores.runs.write(
      head.runId,
      claim(wakeOf(head, wakeId), { worker: holder, nonce: aNonce() }, aTimeMs),
    );
    if (outcome.kind !== "written") throw new Error("not claimed");
    return outcome.head;
  };
  const leaseOf = (epoch: number): Lease => ({ holder, epoch });
  return { stores, history, head, claimed, leaseOf, answer };
}

test("a release whose answer comes when the same worker has claimed the run again does not end the new claim's booking", async () => {
  const { stores, history, head, claimed, leaseOf, answer } = await aWorkerWhoseReleaseIsSlow();
  const first = await claimed();
  const wakeId = aWakeId();
  const how = { kind: "wait", wakeId, nowMs: aTimeMs, callInDoubt: false } as const;
  const released = stores.runs.write(head.runId, release(first, leaseOf(first.epoch), how));
  const second = await claimed(wakeId);
  answer.resolve();
  await released;
  await stores.history.putDelta(aDelta({ runId: head.runId, turn: 1, epoch: second.epoch }));
  const [delta] = await history.deltas(head.runId, 1, 2);
  expect(delta?.booking).toMatchObject({ by: second.holder });
});

test("a commit without an answer whose head cannot be read stays open, and one beside it is booked", async () => {
  const clock = manualClock(aTimeMs);
  const { runs, history, ledger, faults } = memoryWorld({ clock, seed: 1 });
  const holder = aWorkerId();
  const books = new Books({ clock, events: eventRecorder(clock), ledger }, holder);
  const stores = books.around({ runs, history });
  const heads = [aHead({ wakeId: aWakeId() }), aHead({ wakeId: aWakeId() })] as const;
  for (const head of heads) {
    await runs.create(head, aTimeMs);
    const wake = wakeOf(head, head.wakeId ?? aWakeId());
    const outcome = await stores.runs.write(head.runId, claim(wake, { worker: holder, nonce: aNonce() }, aTimeMs));
    if (outcome.kind !== "written") throw new Error("not claimed");
    await stores.history.putDelta(aDelta({ runId: head.runId, turn: 1, epoch: outcome.head.epoch }));
    faults.failNext("runs.write", "lost-answer");
    const spend = { usage: aUsage(), costMicroUsd: 20 };
    const commit = commitTurn(outcome.head, { holder, epoch: outcome.head.epoch }, { ...spend, nextMicroUsd: 5 });
    await expect(stores.runs.write(head.runId, commit)).rejects.toThrow("answer");
  }
  const [hidden] = heads;
  faults.spoilt.add(hidden.runId);
  const callsOf = async () =>
    (await ledger.hour(hourOf(aTimeMs))).books.map(({ cells }) => totalOf(mergeCells([cells])).calls);
  await books.close();
  expect(await callsOf()).toEqual([1]);
  faults.heal();
  await books.close();
  expect(await callsOf()).toEqual([2]);
});
