/** GET /v1/runs/{id}/events */
import { z } from "zod";
import { eventId, streamEvents } from "../../contract/stream.ts";
import { isEnded } from "../../core/lifecycle.ts";
import { eventResponse } from "../event-response.ts";
import { type Mistake, refuse } from "../problem.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute } from "../route.ts";
import { beginning, endPlace, isBefore, placeOf } from "../run-events.ts";
import { findRun } from "../runs-of.ts";
import { tooManyWatchers } from "../wait-for.ts";
import { runPath } from "./run-path.ts";

/** One event of the stream, as its three lines say it. */
const streamEvent = z.union(
  Object.entries(streamEvents).map(([event, data]) =>
    z.object({ event: z.literal(event), id: eventId.optional(), data }),
  ),
);

export const runEvents = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/runs/{id}/events",
  operation: "runEvents",
  access: "tenant",
  summary: "Follow a run as Server-Sent Events",
  description: [
    "Every durable event has an id and comes once: `run.accepted`, `tool.result` and `turn.committed` for each turn,",
    "`run.ended` at the end. A cut stream goes on after the id in `Last-Event-ID` (or `after`). `live` has no id and shows",
    "the text of the turn in flight. The stream closes after the end of the run, or after 14 minutes: then reconnect.",
  ].join(" "),
  params: runPath,
  query: only(z.strictObject({ after: eventId.optional() })),
  headers: only(z.object({ "last-event-id": eventId.optional() })),
  answers: {
    200: { what: "The events", media: "text/event-stream", schema: streamEvent },
    204: { what: "The run has ended and the client has had every event; do not reconnect" },
  },
  refusals: ["run-not-found", "too-many-watchers"],
  handle: async (parts, { caller, params, query, headers, signal }) => {
    const found = await findRun(parts, caller, params.id);
    if (found.kind === "refused") return found;
    const { head } = found;
    const given = headers["last-event-id"] ?? query.after;
    const after = given === undefined ? beginning : placeOf(given);
    if (after.turn >= head.turn) {
      const field = headers["last-event-id"] === undefined ? "after" : "last-event-id";
      const mistakes: Mistake[] = [{ field, message: `the run has ${head.turn - 1} turns; give an id of its stream` }];
      return refuse("invalid-request", "the event id is not one of this run", { mistakes });
    }
    if (isEnded(head.state) && !isBefore(after, endPlace(head))) return new Response(null, { status: 204 });
    if (parts.waits.isFull()) return tooManyWatchers();
    return eventResponse(parts, { head, after, signal });
  },
});
