/** POST /v1/runs/redrive */
import { bulkResult, redriveMany } from "../../contract/http.ts";
import { actedOr, bulkChange } from "../bulk.ts";
import { only, takesNothing } from "../reader.ts";
import { redriveRun } from "../redrive.ts";
import { defineRoute, json } from "../route.ts";
import { exampleBulkResult } from "./examples.ts";

export const redriveRuns = defineRoute({
  ...takesNothing,
  method: "POST",
  path: "/v1/runs/redrive",
  operation: "redriveRuns",
  access: "tenant",
  summary: "Let all ended runs that a filter finds go on, at a rate",
  description: [
    "One call changes at most `limit` runs and takes at most 20 seconds; its answer has a `cursor` while there is more.",
    "It stops with `full` and a `cursor` at a run whose lane has no room; where that is the first one it is a 429.",
    "An operator may name any tenant. What `POST /v1/runs/{id}/redrive` would refuse is listed and passed over.",
  ].join(" "),
  body: only(redriveMany),
  answers: { 200: { what: "What became of the runs", schema: bulkResult, example: exampleBulkResult } },
  refusals: ["forbidden", "invalid-cursor", "queue-full"],
  handle: async (parts, { caller, body }) => {
    const { budgetMicroUsd, timeoutMs, deadlineMs, ...bulk } = body;
    const raise = { budgetMicroUsd, timeoutMs, deadlineMs };
    const done = await bulkChange(parts, {
      caller,
      bulk,
      act: async (head) => {
        const redriven = await redriveRun(parts, head, raise);
        return redriven.kind === "no-room" ? redriven : actedOr(redriven);
      },
    });
    return "kind" in done ? done : json(done);
  },
});
