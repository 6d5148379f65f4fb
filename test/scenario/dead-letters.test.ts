/** Messages that were received too often: nothing is lost, nothing is silent, only the run's own count ends it. */
import { expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { endFromOutside } from "../../services/core/lifecycle.ts";
import { aTimeMs } from "../support/builders.ts";
import { aFleet, type Fleet } from "./controller-fixture.ts";

/** Receives and gives back what is on the lane until it is a dead letter. */
async function wearOut({ world, clock }: Fleet, before = world.queue.deadLetters("normal").length): Promise<void> {
  for (let i = 0; i <= limits.maxReceiveCount; i++) {
    const some = await world.queue.receive("normal", 10, 0, 1_000);
    await world.queue.extend(
      "normal",
      some.map(({ receipt }) => receipt),
      0,
    );
  }
  expect(world.queue.deadLetters("normal").length).toBeGreaterThan(before);
  await clock.advance(0);
}

const pass = ({ clock }: Fleet) => clock.advance(limits.deadLetterEveryMs + limits.deadLetterWaitMs);

test("a current one is sent again under a fresh id and counted", async () => {
  const fleet = aFleet();
  const head = await fleet.queued();
  await wearOut(fleet);
  fleet.control();
  await pass(fleet);
  const after = await fleet.read(head.runId);
  expect(after).toMatchObject({ state: "QUEUED", deadLetters: 1, failures: 0, interruptions: 0 });
  expect(await fleet.messages()).toMatchObject([{ runId: head.runId, wakeId: after.wakeId }]);
  expect(fleet.world.events.of("dead-letter.resent")).toEqual([{ runId: head.runId, lane: "normal", deadLetters: 1 }]);
  expect(await fleet.world.deadLetters.depth("normal")).toMatchObject({ visible: 0, inFlight: 0 });
  await fleet.end();
});

test("a run whose wake-ups nobody can ever use is given up after its own limit", async () => {
  const fleet = aFleet();
  const head = await fleet.queued();
  fleet.control();
  for (let n = 0; n <= limits.deadLettersMax; n++) {
    expect((await fleet.read(head.runId)).state).toBe("QUEUED");
    await wearOut(fleet);
    await pass(fleet);
  }
  expect(await fleet.read(head.runId)).toMatchObject({ state: "DEAD", reason: "too-many-dead-letters" });
  expect(fleet.world.events.of("run.ended")).toMatchObject([{ state: "DEAD", reason: "too-many-dead-letters" }]);
  await fleet.end();
});

test.each([
  ["ended", (head: RunHead) => endFromOutside(head, { reason: "deadline", nowMs: aTimeMs })],
  ["stale", (head: RunHead) => ({ guard: { state: head.state }, set: { wakeId: head.wakeId?.slice(0, -1) } })],
] as const)("one whose run is %s is dropped with an event", async (because, change) => {
  const fleet = aFleet();
  const head = await fleet.queued();
  await wearOut(fleet);
  const write = change(head) as Parameters<typeof fleet.world.runs.write>[1];
  await fleet.world.runs.write(head.runId, write);
  fleet.control();
  await pass(fleet);
  expect(fleet.world.events.of("dead-letter.dropped")).toEqual([{ lane: "normal", because, body: head.runId }]);
  expect((await fleet.read(head.runId)).deadLetters).toBeUndefined();
  await fleet.end();
});

test("one that nobody can read is dropped with an event, and does not stop the others", async () => {
  const fleet = aFleet();
  fleet.world.queue.sendRaw("normal", "hello?");
  const head = await fleet.queued();
  await wearOut(fleet);
  fleet.control();
  await pass(fleet);
  expect(fleet.world.events.of("dead-letter.dropped")).toMatchObject([{ body: "hello?" }]);
  expect(await fleet.read(head.runId)).toMatchObject({ deadLetters: 1 });
  await fleet.end();
});

test("a letter whose run cannot be read is kept until it can, and does not stop the others", async () => {
  const fleet = aFleet();
  const [hidden, other] = [await fleet.queued(), await fleet.queued()];
  await wearOut(fleet);
  fleet.world.faults.spoilt.add(hidden.runId);
  fleet.control();
  await pass(fleet);
  expect(await fleet.read(other.runId)).toMatchObject({ deadLetters: 1 });
  expect(fleet.world.events.of("dead-letter.dropped")).toEqual([]);
  fleet.world.faults.heal();
  await fleet.clock.advance(limits.deadLetterHoldMs + limits.deadLetterEveryMs);
  expect(await fleet.read(hidden.runId)).toMatchObject({ state: "QUEUED", deadLetters: 1 });
  await fleet.end();
});

test("a letter is kept while the store does not answer, and two controllers count it once", async () => {
  const fleet = aFleet();
  const head = await fleet.queued();
  await wearOut(fleet);
  fleet.world.faults.failNext("runs.write", new Error("no store"), 1);
  fleet.control();
  fleet.control();
  await pass(fleet);
  await fleet.clock.advance(limits.deadLetterHoldMs + limits.deadLetterEveryMs);
  expect(await fleet.read(head.runId)).toMatchObject({ state: "QUEUED", deadLetters: 1 });
  await fleet.end();
});
