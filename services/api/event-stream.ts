/**
 * Follows one run: its durable events after a place, in order, each once; between them the text of the turn in flight. While
 * it is open the run's holder is told that somebody watches, so that it writes that text.
 */
import { type WorkerId, workerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import type { StreamEvent } from "../contract/stream.ts";
import { isWorkerHolder } from "../contract/tables.ts";
import { isEnded } from "../core/lifecycle.ts";
import type { ApiParts } from "./deps.ts";
import { errorText } from "./error-text.ts";
import {
  acceptedEvent,
  endedEvent,
  endPlace,
  frameOf,
  isAfter,
  isBefore,
  type Place,
  turnEvents,
} from "./run-events.ts";
import { viewsOf } from "./view.ts";

/** A stream that begins after `after`; `signal` ends it. */
export type Watch = { readonly head: RunHead; readonly after: Place; readonly signal: AbortSignal };

/** How a client reconnects, and what keeps a silent connection open. */
const RETRY_FRAME = `retry: ${limits.retryAfterSeconds * 1_000}\n\n`;
const KEEP_ALIVE_FRAME = ": still here\n\n";

/** Durable events after a place, a few turns at a time; each call goes on where the one before ended. */
function durableEvents({ history }: ApiParts, after: Place): (head: RunHead) => AsyncGenerator<StreamEvent> {
  let begun = false;
  let turn = Math.max(1, after.turn);
  return async function* (head) {
    if (!begun && isAfter(acceptedEvent(head), after)) yield acceptedEvent(head);
    begun = true;
    while (turn < head.turn) {
      const deltas = await history.deltas(head.runId, turn, head.turn, limits.streamTurns);
      for (const event of deltas.flatMap(turnEvents)) if (isAfter(event, after)) yield event;
      turn = (deltas.at(-1)?.turn ?? head.turn) + 1;
    }
    if (!isEnded(head.state) || !isBefore(after, endPlace(head))) return;
    const [view] = await viewsOf(history, [head]);
    if (view !== undefined) yield endedEvent(head, view);
  };
}

/** Tells the holder of a run that somebody watches, when it changed and every `limits.watchFlagMs`. */
function watchFlag({ fleet, clock, events }: ApiParts): (head: RunHead) => Promise<void> {
  let told: { readonly holder: WorkerId; readonly atMs: number } | undefined;
  return async (head) => {
    if (head.holder === undefined || !isWorkerHolder(head.holder)) return;
    const holder = workerId.parse(head.holder);
    const nowMs = clock.nowMs();
    if (told?.holder === holder && nowMs - told.atMs < limits.watchFlagMs) return;
    told = { holder, atMs: nowMs };
    const untilMs = nowMs + limits.watchFlagMs + 2 * limits.heartbeatMs;
    try {
      await fleet.notify(holder, { kind: "watch", runId: head.runId, untilMs });
    } catch (error) {
      // Live text is a courtesy: without it the stream still has every turn.
      events.emit("store.failed", { operation: "notify", message: errorText(error) });
    }
  };
}

/** The text of the turn in flight, when it is another than the one shown last. */
function liveText({ history }: ApiParts): (head: RunHead) => Promise<StreamEvent | undefined> {
  let shownAtMs = 0;
  return async (head) => {
    if (head.state !== "RUNNING") return undefined;
    const live = await history.live(head.runId);
    if (live === undefined || live.turn !== head.turn || live.epoch !== head.epoch || live.atMs <= shownAtMs) return;
    shownAtMs = live.atMs;
    return { event: "live", data: { turn: live.turn, text: live.text } };
  };
}

/** Frames of a watch until the run has ended, `limits.streamMs` are over, the process stops or the signal aborts. */
export async function* frames(parts: ApiParts, { head: first, after, signal }: Watch): AsyncGenerator<string> {
  const { clock, waits } = parts;
  const untilMs = clock.monotonicMs() + limits.streamMs;
  const [durable, flag, live] = [durableEvents(parts, after), watchFlag(parts), liveText(parts)];
  let spokeAtMs = clock.monotonicMs();
  yield RETRY_FRAME;
  let next: RunHead | undefined = first;
  while (next !== undefined) {
    const head: RunHead = next;
    const { runId, turn } = head;
    for await (const event of durable(head)) {
      spokeAtMs = clock.monotonicMs();
      yield frameOf(event);
    }
    const nowMs = clock.monotonicMs();
    if (isEnded(head.state) || nowMs >= untilMs || parts.stopping?.aborted) return;
    await flag(head);
    const text = await live(head);
    if (text !== undefined || nowMs - spokeAtMs >= limits.keepAliveMs) {
      spokeAtMs = nowMs;
      yield text === undefined ? KEEP_ALIVE_FRAME : frameOf(text);
    }
    const waited = await waits.wait({
      ids: [runId],
      until: (heads) => [...heads.values()].every((now) => now.turn > turn || isEnded(now.state)),
      forMs: Math.min(limits.liveEveryMs, untilMs - nowMs),
      everyMs: limits.streamPollMs,
      signal,
    });
    next = waited.kind === "seen" ? waited.heads.get(runId) : undefined;
  }
}
