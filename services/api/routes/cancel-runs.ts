/** POST /v1/runs/cancel */
import { bulkResult, cancelMany } from "../../contract/http.ts";
import { isEnded } from "../../core/lifecycle.ts";
import { actedOr, bulkChange } from "../bulk.ts";
import { cancel } from "../cancel.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { exampleBulkResult } from "./examples.ts";

export const cancelRuns = defineRoute({
  ...takesNothing,
  method: "POST",
  path: "/v1/runs/cancel",
  operation: "cancelRuns",
  access: "tenant",
  summary: "Cancel all open runs that a filter finds, at a rate",
  description: [
    "One call changes at most `limit` runs and takes at most 20 seconds; its answer has a `cursor` while there is more.",
    "An operator may name any tenant. Queued runs end at once, running ones within 10 seconds.",
    "A run that a worker claims or gives back after its page was read is cancelled all the same; `passed` counts those that had ended.",
  ].join(" "),
  body: only(cancelMany),
  answers: { 200: { what: "What became of the runs", schema: bulkResult, example: exampleBulkResult } },
  refusals: ["forbidden", "invalid-cursor"],
  handle: async (parts, { caller, body }) => {
    const done = await bulkChange(parts, {
      caller,
      bulk: body,
      // Workers claim and release all the while: whoever asks for all queued runs wants none of them to go on.
      isMeant: ({ state }) => !isEnded(state),
      act: async (head) => {
        const done = await cancel(parts, head);
        if (done.kind === "refused" || done.kind === "asked" || done.head.state === "CANCELLED") return actedOr(done);
        return { kind: "left", because: `the run ended before as ${done.head.state}` };
      },
    });
    return "kind" in done ? done : json(done);
  },
});
