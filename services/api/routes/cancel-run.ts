/** POST /v1/runs/{id}/cancel */
import { runView } from "../../contract/http.ts";
import { cancel } from "../cancel.ts";
import { takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { findRun } from "../runs-of.ts";
import { viewsOf } from "../view.ts";
import { exampleRun } from "./examples.ts";
import { runPath } from "./run-path.ts";

export const cancelRun = defineRoute({
  ...takesNothing,
  method: "POST",
  path: "/v1/runs/{id}/cancel",
  operation: "cancelRun",
  access: "tenant",
  summary: "Cancel a run; sending it again changes nothing",
  description: "A queued run ends at once. A running one is asked to stop and has ended within 10 seconds.",
  params: runPath,
  answers: {
    200: { what: "The run has ended; by this cancel, or before it", schema: runView, example: exampleRun },
    202: { what: "The run is asked to stop", schema: runView, example: exampleRun },
  },
  refusals: ["run-not-found"],
  handle: async (parts, { caller, params }) => {
    const found = await findRun(parts, caller, params.id);
    if (found.kind === "refused") return found;
    const done = await cancel(parts, found.head);
    if (done.kind === "refused") return done;
    const [view] = await viewsOf(parts.history, [done.head]);
    return json(view, done.kind === "ended" ? 200 : 202);
  },
});
