/** Tells when a run has spent its own budget to a soft limit: once for each, when the commit that passes it is stored. */
import type { RunHead } from "../contract/run.ts";
import { marksPassed } from "../core/budget-account.ts";
import type { EventSink } from "../ports/event-sink.ts";

/** Emits the marks that lie between the head before a commit and the one after it. */
export function announceMarks(events: EventSink, before: RunHead, after: RunHead): void {
  const { runId, spentMicroUsd, budgetMicroUsd } = after;
  for (const mark of marksPassed(before.spentMicroUsd, spentMicroUsd, budgetMicroUsd))
    events.emit("run.budget-mark", { runId, mark, spentMicroUsd, budgetMicroUsd });
}
