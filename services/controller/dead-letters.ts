/** Empties the dead letter queues: what is current is sent again, everything else is dropped with an event. */
import { type Lane, lanes, type RunId, wakeId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import { letterFate } from "../core/dead-letter.ts";
import { wakeOf } from "../core/lifecycle.ts";
import { toldEnd } from "../core/told-run.ts";
import type { Queue, Received } from "../ports/queue.ts";
import { messageOf } from "./message-of.ts";
import { readHeads } from "./read-heads.ts";
import type { World } from "./world.ts";

/** Carries one letter's fate out; false when it must be looked at again: somebody moved the run, or nobody answered. */
async function settle(world: World, lane: Lane, letter: Received, head: RunHead | undefined): Promise<boolean> {
  const { events, runs, clock, chance, queue } = world;
  if (letter.message === undefined) {
    events.emit("dead-letter.dropped", { lane, because: "the body does not parse", body: letter.body.slice(0, 80) });
    return true;
  }
  const { runId } = letter.message;
  const fate = letterFate(head, letter.message, { nowMs: clock.nowMs(), wakeId: wakeId.parse(`k_${chance.id()}`) });
  if (fate.kind === "drop") {
    events.emit("dead-letter.dropped", { lane, because: fate.because, body: runId });
    return true;
  }
  const outcome = await runs.write(runId, fate.write);
  if (outcome.kind === "refused") return false;
  const { deadLetters = 0 } = outcome.head;
  if (fate.kind === "end") {
    events.emit("run.ended", toldEnd(outcome.head, fate.reason));
    return true;
  }
  events.emit("dead-letter.resent", { runId, lane, deadLetters });
  const unsent = await queue.send(lane, [wakeOf(outcome.head, fate.wakeId)]);
  // The run is queued with a fresh id: the sweep sends what was not taken, and the old letter is of no more use.
  if (unsent.length > 0) events.emit("store.failed", { operation: "queue.send", message: "a wake-up was not taken" });
  return true;
}

async function settleAll(world: World, lane: Lane, letters: readonly Received[]): Promise<string[]> {
  const ids = new Set(letters.flatMap(({ message }) => message?.runId ?? []));
  const { heads, unread } = await readHeads(world, [...ids]);
  const byId = new Map<RunId, RunHead>(heads.map((head) => [head.runId, head]));
  const done: string[] = [];
  // One after the other: two letters of one run are two decisions, the second about what the first made of it.
  for (const letter of letters) {
    const id = letter.message?.runId;
    // Its run is there, so that it may be current: it comes back by itself.
    if (id !== undefined && unread.has(id)) continue;
    try {
      if (await settle(world, lane, letter, id === undefined ? undefined : byId.get(id))) done.push(letter.receipt);
    } catch (error) {
      world.events.emit("store.failed", { operation: "controller.dead-letter", message: messageOf(error) });
    }
  }
  return done;
}

/**
 * One pass over every lane, at most `deadLetterPages` receives each. What could not be settled comes back by itself. Throws
 * when a queue or the store does not answer; the other lanes are read all the same.
 */
export async function deadLetterPass(world: World, dead: Queue): Promise<void> {
  const passes = lanes.map(async (lane) => {
    for (let page = 0; page < limits.deadLetterPages; page++) {
      const { deadLetterWaitMs, deadLetterHoldMs, receiveMax } = limits;
      const letters = await dead.receive(lane, receiveMax, page === 0 ? deadLetterWaitMs : 0, deadLetterHoldMs);
      if (letters.length === 0) return;
      const done = await settleAll(world, lane, letters);
      if (done.length > 0) await dead.delete(lane, done);
    }
  });
  const failed = (await Promise.allSettled(passes)).flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} dead letter queues were not read`);
}
