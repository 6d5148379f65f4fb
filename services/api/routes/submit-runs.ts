/** POST /v1/runs */
import { z } from "zod";
import { runList, runView, submitBatch, submitRun } from "../../contract/http.ts";
import { limits } from "../../contract/limits.ts";
import { eitherBy, only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { submit } from "../submit.ts";
import { viewsOf } from "../view.ts";
import { exampleRun } from "./examples.ts";

const idempotencyKey = z
  .string()
  .regex(/^[\x20-\x7e]+$/, "1 or more printable ASCII characters")
  .max(limits.idempotencyKeyChars)
  .meta({ description: "sending the same body with the same key gives the same runs" });

export const submitRuns = defineRoute({
  ...takesNothing,
  method: "POST",
  path: "/v1/runs",
  operation: "submitRuns",
  access: "tenant",
  summary: "Submit one run, or up to 100",
  description: [
    "All runs of a batch are checked before the first is stored: either all are accepted or none.",
    "With an Idempotency-Key the request can be sent again: it gives the runs that it made before, and completes a batch",
    "that was cut half-way. The same key with another body is a conflict.",
  ].join(" "),
  headers: only(z.object({ "idempotency-key": idempotencyKey.optional() })),
  body: eitherBy("runs", submitBatch, submitRun),
  answers: {
    202: {
      what: "Accepted and durable: the run, or the runs of the batch in their order",
      schema: z.union([runView, runList]),
      example: exampleRun,
      headers: { Location: "path of the run, when one was submitted" },
    },
  },
  refusals: [
    "unknown-agent",
    "invalid-input",
    "unknown-model",
    "model-not-allowed",
    "budget-too-small",
    "idempotency-conflict",
    "model-without-price",
    "queue-full",
  ],
  handle: async (parts, { caller, headers, body }) => {
    const batch = "runs" in body;
    const asked = batch ? body.runs : [body];
    const key = headers["idempotency-key"];
    const accepted = await submit(parts, { tenant: caller.tenant, key, runs: asked, batch });
    if (accepted.kind === "refused") return accepted;
    const [runs] = await Promise.all([viewsOf(parts.history, accepted.heads), parts.kicks.submitted(accepted.fresh)]);
    return batch ? json({ runs }, 202) : json(runs[0], 202, { location: `/v1/runs/${runs[0]?.id}` });
  },
});
