import { expect, test } from "vitest";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../../../services/adapters/memory/world.ts";
import { limits } from "../../../../services/contract/limits.ts";
import { aTimeMs, aWake } from "../../../support/builders.ts";

function aQueue() {
  const clock = manualClock(aTimeMs);
  return { clock, queue: memoryWorld({ clock }).queue };
}

test("a message received too often becomes a dead letter", async () => {
  const { queue } = aQueue();
  const wake = aWake();
  await queue.send("normal", [wake]);
  for (let receives = 1; receives <= limits.maxReceiveCount; receives++) {
    const [got] = await queue.receive("normal", 1, 0, 60_000);
    expect(got?.receives).toBe(receives);
    await queue.extend("normal", [got?.receipt ?? ""], 0);
  }
  expect(queue.deadLetters("normal")).toEqual([]);
  expect(await queue.receive("normal", 1, 0, 60_000)).toEqual([]);
  expect(queue.deadLetters("normal").map((body) => JSON.parse(body))).toEqual([wake]);
  expect(await queue.depth("normal")).toEqual({ kind: "known", visible: 0, inFlight: 0 });
});

test("a message can be delivered twice at once, each with its own receipt", async () => {
  const { queue } = aQueue();
  const wake = aWake();
  await queue.send("high", [wake]);
  queue.duplicateNext("high");
  const [one] = await queue.receive("high", 10, 0, 60_000);
  const [two] = await queue.receive("high", 10, 0, 60_000);
  expect([one?.message, two?.message]).toEqual([wake, wake]);
  expect(one?.receipt).not.toBe(two?.receipt);
  expect(await queue.receive("high", 10, 0, 60_000)).toEqual([]);
});

test("messages that are not taken are given back, the rest is sent", async () => {
  const { queue } = aQueue();
  const [one, two] = [aWake(), aWake()];
  queue.refuseNext(1);
  expect(await queue.send("low", [one, two])).toEqual([one]);
  const got = await queue.receive("low", 10, 0, 60_000);
  expect(got.map((message) => message.message)).toEqual([two]);
  expect(await queue.send("low", [one])).toEqual([]);
});

test("a receipt is lost when its visibility is over, and when the message was received again", async () => {
  const { queue, clock } = aQueue();
  await queue.send("low", [aWake()]);
  const [first] = await queue.receive("low", 1, 0, 1_000);
  await clock.advance(1_000);
  expect(await queue.extend("low", [first?.receipt ?? ""], 60_000)).toEqual([first?.receipt]);
  const [second] = await queue.receive("low", 1, 0, 60_000);
  expect(await queue.extend("low", [first?.receipt ?? "", second?.receipt ?? ""], 60_000)).toEqual([first?.receipt]);
  await queue.delete("low", [first?.receipt ?? ""]);
  expect(await queue.depth("low")).toEqual({ kind: "known", visible: 0, inFlight: 1 });
});

test("a waiting receive gets a message as soon as its visibility is over", async () => {
  const { queue, clock } = aQueue();
  await queue.send("low", [aWake()]);
  await queue.receive("low", 1, 0, 3_000);
  const waiting = queue.receive("low", 1, 20_000, 60_000).then((got) => ({ got, atMs: clock.nowMs() }));
  await clock.advance(20_000);
  expect(await waiting).toMatchObject({ got: [{ receives: 2 }], atMs: aTimeMs + 3_000 });
});

test("of many waiting receives each message wakes one to an answer, and the others go on waiting", async () => {
  const { queue, clock } = aQueue();
  const answers: number[] = [];
  const waiting = Array.from({ length: 5 }, () =>
    queue.receive("high", 1, 10_000, 60_000).then((got) => answers.push(got.length)),
  );
  await clock.advance(1);
  await queue.send("high", [aWake(), aWake()]);
  await clock.advance(1);
  expect(answers).toEqual([1, 1]);
  await clock.advance(10_000);
  await Promise.all(waiting);
  expect(answers).toEqual([1, 1, 0, 0, 0]);
});

test("messages older than the retention are gone", async () => {
  const { queue, clock } = aQueue();
  await queue.send("high", [aWake()]);
  await clock.advance(limits.queueRetentionMs);
  expect(await queue.receive("high", 1, 0, 60_000)).toEqual([]);
  expect(await queue.depth("high")).toEqual({ kind: "known", visible: 0, inFlight: 0 });
});
