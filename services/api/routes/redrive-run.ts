/** POST /v1/runs/{id}/redrive */
import { redriveRun, runView } from "../../contract/http.ts";
import { queueFull } from "../queue-full.ts";
import { only, takesNothing } from "../reader.ts";
import { redriveRun as redrive } from "../redrive.ts";
import { defineRoute, json } from "../route.ts";
import { findRun } from "../runs-of.ts";
import { viewOf } from "../view.ts";
import { exampleRun } from "./examples.ts";
import { runPath } from "./run-path.ts";

export const redriveOne = defineRoute({
  ...takesNothing,
  method: "POST",
  path: "/v1/runs/{id}/redrive",
  operation: "redriveRun",
  access: "tenant",
  summary: "Let an ended run go on after its last committed turn",
  description: [
    "For runs that are `DEAD`, `TIMED_OUT` (give more `timeoutMs` when its active time is used up), `OVER_BUDGET` (give a",
    "larger `budgetMicroUsd`) or `FAILED` before an answer (`model-rejected-request`, `agent-unknown`, `input-missing`).",
    "What was spent stays spent; the counters that limit the run begin anew. Any other end is final: submit again.",
    "It needs room among the queued runs of its tenant as a submit does.",
  ].join(" "),
  params: runPath,
  body: only(redriveRun),
  answers: { 202: { what: "The run is queued again", schema: runView, example: exampleRun } },
  refusals: ["run-not-found", "not-redrivable", "queue-full"],
  handle: async (parts, { caller, params, body }) => {
    const found = await findRun(parts, caller, params.id);
    if (found.kind === "refused") return found;
    const done = await redrive(parts, found.head, body);
    if (done.kind === "no-room") return queueFull(done.lane);
    return done.kind === "refused" ? done : json(viewOf(done.head), 202);
  },
});
