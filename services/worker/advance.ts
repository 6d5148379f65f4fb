/** Brings what a worker keeps of a run to its last committed turn: conversation, what speaks against the model, the model itself. */
import type { RunHead } from "../contract/run.ts";
import type { TurnDelta } from "../contract/turn.ts";
import { reasonsOf } from "../core/route-text.ts";
import type { EventSink } from "../ports/event-sink.ts";
import { appended } from "./conversation.ts";
import { type LoadedRun, paceOf } from "./load-run.ts";

/** `head` is the one after the commit of `delta`. Tells of a model that was chosen or changed. */
export function advance(events: EventSink, loaded: LoadedRun, last: { delta: TurnDelta; head: RunHead }): void {
  const { delta, head } = last;
  const { messages, tally } = appended(loaded, delta);
  loaded.messages = messages;
  loaded.tally = tally;
  if (delta.step === undefined) loaded.turns.push(paceOf(delta));
  const { model = loaded.spec.model, route } = head;
  loaded.spec = model === loaded.spec.model ? loaded.spec : { ...loaded.spec, model };
  const { runId, turn, climb, step } = delta;
  if (climb !== undefined) {
    const { from, to, evidence, because } = climb;
    events.emit("run.escalated", { runId, turn, from, to, evidence, because });
  } else if (step !== undefined)
    events.emit("run.routed", { runId, turn, model, because: reasonsOf(route).join("; ") });
}
