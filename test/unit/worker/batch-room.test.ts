import { expect, test } from "vitest";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { workerId } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import { ActiveRun } from "../../../services/worker/active-run.ts";
import { BatchRoom, type Passenger } from "../../../services/worker/batch-room.ts";
import { OwnTime } from "../../../services/worker/own-time.ts";
import { aHead, aTimeMs } from "../../support/builders.ts";

const lease = { holder: workerId.parse("w_12345678"), epoch: 1 };
const own = new OwnTime(manualClock(aTimeMs));
const aRun = () => new ActiveRun({ lane: "normal", lease, head: aHead(), receipt: "r", own });

function aRoom(most = 100) {
  const clock = manualClock(aTimeMs);
  const departed: (readonly Passenger[])[] = [];
  const room = new BatchRoom(clock, { collectMs: 5_000, most }, async (all) => void departed.push(all));
  const board = (run = aRun(), chars = 10) => {
    const { runId, turn } = run.head;
    const messages = [{ role: "user" as const, content: "x".repeat(chars) }];
    const request = { runId, turn, model: "m", maxTokens: 1, system: "", tools: [], messages };
    return room.board(run, { request, asked: undefined });
  };
  return { clock, departed, board };
}

test("who comes within the time goes together, and who comes later with the next", async () => {
  const { clock, departed, board } = aRoom();
  void board();
  await clock.advance(4_000);
  void board();
  expect(departed).toHaveLength(0);
  await clock.advance(1_000);
  expect(departed.map((all) => all.length)).toEqual([2]);
  void board();
  await clock.advance(5_000);
  expect(departed.map((all) => all.length)).toEqual([2, 1]);
});

test("nobody waits for more when every slot waits; an early departure ends its timer", async () => {
  const { clock, departed, board } = aRoom(3);
  for (let i = 0; i < 4; i++) void board();
  expect(departed.map((all) => all.length)).toEqual([3]);
  await clock.advance(4_999);
  expect(departed).toHaveLength(1);
  await clock.advance(1);
  expect(departed.map((all) => all.length)).toEqual([3, 1]);
});

test("a batch holds no more turns, and no more bytes, than one may", async () => {
  const { departed, board } = aRoom(limits.batchItemsMax * 10);
  for (let i = 0; i <= limits.batchItemsMax; i++) void board();
  expect(departed.map((all) => all.length)).toEqual([limits.batchItemsMax]);
  const wide = aRoom();
  for (let i = 0; i < 3; i++) void wide.board(aRun(), limits.batchBytesMax / 2 - 1_000);
  expect(wide.departed.map((all) => all.length)).toEqual([2]);
});

test("a run that is to leave while its batch waits for a permit does so; once it has boarded its parking ends the wait", async () => {
  const { departed, board } = aRoom(2);
  const [leaving, boarding] = [aRun(), aRun()];
  const outcomes = [board(leaving), board(boarding)] as const;
  expect(departed.map((all) => all.length)).toEqual([2]);
  leaving.drain();
  expect(await outcomes[0]).toEqual({ kind: "interrupted", callInDoubt: false });
  const boarded = departed[0]?.[1];
  boarded?.board();
  boarding.stop("drain");
  boarded?.leave({ kind: "left" });
  expect(await outcomes[1]).toEqual({ kind: "left" });
});

test("a run that is to leave before the departure is interrupted with nothing in doubt, and does not go along", async () => {
  const { clock, departed, board } = aRoom();
  const leaving = aRun();
  const outcome = board(leaving);
  void board();
  leaving.drain();
  expect(await outcome).toEqual({ kind: "interrupted", callInDoubt: false });
  await clock.advance(5_000);
  expect(departed.map((all) => all.length)).toEqual([1]);
  const gone = aRun();
  gone.stop("cancel");
  expect(await board(gone)).toEqual({ kind: "interrupted", callInDoubt: false });
});

test("who departs hears what its run is to do", async () => {
  const { clock, departed, board } = aRoom();
  const outcome = board();
  await clock.advance(5_000);
  departed[0]?.[0]?.leave({ kind: "left" });
  expect(await outcome).toEqual({ kind: "left" });
});
