/** Any sequence of moves by workers and by others, each on any head that was ever read, keeps the rules of a run's life. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { applyHeadWrite } from "../../../services/adapters/memory/apply-head-write.ts";
import { endReason } from "../../../services/contract/failures.ts";
import type { WorkerId } from "../../../services/contract/ids.ts";
import { type HeadWrite, type RunHead, runHead } from "../../../services/contract/run.ts";
import { isEndMark, isWorkerHolder, keys } from "../../../services/contract/tables.ts";
import { wasApplied } from "../../../services/core/head-write.ts";
import {
  claim,
  commitAndEnd,
  commitTurn,
  endFromOutside,
  endHeld,
  isEnded,
  markCancel,
  reclaim,
  release,
  wakeAgain,
  wakeOf,
} from "../../../services/core/lifecycle.ts";
import { aHead, aTimeMs, aUsage } from "../../support/builders.ts";
import { aNonce, aWakeId, aWorkerId } from "../../support/ids.ts";

const kind = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("claim", "commit") },
  { weight: 3, arbitrary: fc.constantFrom("release", "park", "reclaim", "cancel", "wake") },
  { weight: 1, arbitrary: fc.constantFrom("finish", "end-held", "end-outside") },
);

/**
 * What is done, by whom (mostly the holder of the head that he read), on which of the heads read so far (mostly the
 * newest), and a number for whatever the move needs.
 */
const moves = fc.array(
  fc.record({
    kind,
    by: fc.oneof({ weight: 4, arbitrary: fc.constant("holder" as const) }, { weight: 1, arbitrary: fc.nat(2) }),
    back: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(6) }),
    amount: fc.nat(1_000),
  }),
  { maxLength: 80, size: "max" },
);
type Move = (typeof moves extends fc.Arbitrary<infer M> ? M : never)[number];

/** `step` makes every write unlike any other, as time, nonces and wake ids do. */
function writeOf(seen: RunHead, move: Move, by: { worker: WorkerId; step: number }): HeadWrite {
  const nowMs = aTimeMs + by.step;
  const lease = { holder: by.worker, epoch: seen.epoch };
  const turn = { usage: aUsage({ outputTokens: move.amount }), costMicroUsd: 1_000_000 + by.step };
  const reason = endReason.options[move.amount % endReason.options.length] ?? "completed";
  const how = { wakeId: aWakeId(), nowMs, callInDoubt: move.amount % 2 === 0 };
  switch (move.kind) {
    case "claim":
      return claim(wakeOf(seen, seen.wakeId ?? aWakeId()), { worker: by.worker, nonce: aNonce() }, nowMs);
    case "commit":
      return commitTurn(seen, lease, { ...turn, nextMicroUsd: move.amount });
    case "finish":
      return commitAndEnd(seen, lease, { spend: turn, ending: { reason: "completed", nowMs } });
    case "end-held":
      return endHeld(seen, lease, { ...{ reason, nowMs }, callInDoubt: how.callInDoubt });
    case "release":
      return release(seen, lease, { ...how, kind: "interruption" });
    case "park":
      return release(seen, lease, { ...how, kind: "wait", parkUntilMs: nowMs + move.amount });
    case "reclaim":
      return reclaim(seen, how.wakeId, nowMs);
    case "end-outside":
      return endFromOutside(seen, { reason, nowMs });
    case "cancel":
      return markCancel(seen, nowMs);
    case "wake":
      return wakeAgain(seen, how.wakeId, nowMs);
  }
}

/**
 * Nobody moves a run that he read as ended, reclaims or cancels by mark what nobody holds, or wakes what is awake. A holder's
 * copy is never older than its own last commit.
 */
function makesSense(seen: RunHead, { kind }: Move, newest: RunHead): boolean {
  if (["release", "park", "end-held"].includes(kind) && seen.epoch === newest.epoch) return seen.turn === newest.turn;
  if (kind === "end-outside") return !isEnded(seen.state);
  if (kind === "reclaim" || kind === "cancel") return seen.state === "RUNNING";
  return kind !== "wake" || seen.state === "QUEUED";
}

function checkShape(head: RunHead): void {
  expect(runHead.parse(head)).toEqual(head);
  const open = !isEnded(head.state);
  expect(head.holder !== undefined && !isEndMark(head.holder) && head.wakeId !== undefined).toBe(open);
  expect(head.holder !== undefined).toBe(head.dueAtMs !== undefined);
  expect(head.endedAtMs !== undefined && head.reason !== undefined && head.expiresAt !== undefined).toBe(!open);
  if (head.state === "RUNNING") expect(isWorkerHolder(head.holder ?? "")).toBe(true);
  if (head.state === "QUEUED")
    expect([keys.queueHolder(head.lane, head.runId), keys.parkHolder(head.runId)]).toContain(head.holder);
  if (head.state !== "RUNNING") expect(head.reservedMicroUsd).toBe(0);
}

function checkStep(before: RunHead, after: RunHead, move: Move): void {
  expect(isEnded(before.state)).toBe(false);
  expect(after.epoch).toBeGreaterThanOrEqual(before.epoch);
  const commits = move.kind === "commit" || move.kind === "finish";
  expect(after.turn).toBe(before.turn + (commits ? 1 : 0));
  if (commits) expect(before).toMatchObject({ state: "RUNNING", epoch: after.epoch });
  if (after.state === "RUNNING" && before.state !== "RUNNING") expect(after.epoch).toBe(before.epoch + 1);
  if (before.state === "RUNNING" && ["reclaim", "end-outside"].includes(move.kind))
    expect(after.epoch).toBe(before.epoch + 1);
  for (const field of ["inDoubt", "interruptions", "waits", "spentMicroUsd", "activeMs"] as const)
    expect(after[field]).toBeGreaterThanOrEqual(before[field]);
  const doubted = after.inDoubt > before.inDoubt ? before.reservedMicroUsd : 0;
  expect(after.possibleMicroUsd).toBe(before.possibleMicroUsd + doubted);
}

/** Plays the moves on one run whose workers are new; gives what commits cost, how many writes were refused, and the last head. */
function play(sequence: readonly Move[]): { costs: number[]; refused: number; last: RunHead } {
  const workers = [aWorkerId(), aWorkerId(), aWorkerId()] as const;
  const actor = (seen: RunHead, by: Move["by"]) =>
    workers.find((id, i) => (by === "holder" ? id === seen.holder : i === by)) ?? workers[0];
  let head = aHead({ nextMicroUsd: 50 });
  const read = [head];
  const costs: number[] = [];
  let refused = 0;
  for (const [step, move] of sequence.entries()) {
    const seen = read.at(-1 - (move.back % read.length)) ?? head;
    if (!makesSense(seen, move, head)) continue;
    const write = writeOf(seen, move, { worker: actor(seen, move.by), step });
    const after = applyHeadWrite(head, write);
    if (after === undefined) {
      expect(wasApplied(head, write)).toBe(false);
      refused++;
      continue;
    }
    checkStep(head, after, move);
    checkShape(after);
    expect(wasApplied(after, write)).toBe(true);
    if (after.turn > head.turn) costs.push(1_000_000 + step);
    head = after;
    read.push(head);
  }
  return { costs, refused, last: head };
}

test("epochs and turns never go back, ends are final, and a run that is open has exactly one holder", () => {
  fc.assert(
    fc.property(moves, (sequence) => void play(sequence)),
    { numRuns: 150 },
  );
});

test("what a run has spent is the sum of its committed turns, each once", () => {
  fc.assert(
    fc.property(moves, (sequence) => {
      const { costs, last } = play(sequence);
      expect(last.turn).toBe(1 + costs.length);
      expect(last.spentMicroUsd).toBe(costs.reduce((sum, cost) => sum + cost, 0));
    }),
    { numRuns: 150 },
  );
});

test("the sequences do reach ends, several turns and refusals: the properties are not empty", () => {
  const played = fc.sample(moves, { numRuns: 100, seed: 1 }).map(play);
  expect(played.filter(({ last }) => isEnded(last.state)).length).toBeGreaterThan(20);
  expect(played.filter(({ last }) => last.turn > 4).length).toBeGreaterThan(10);
  expect(played.filter(({ refused }) => refused > 4).length).toBeGreaterThan(20);
});
