/** GET /v1/runs/{id} */
import { z } from "zod";
import { runView, waitSeconds } from "../../contract/http.ts";
import type { RunHead } from "../../contract/run.ts";
import { isEnded } from "../../core/lifecycle.ts";
import { etagOf, isNamedBy } from "../etag.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute } from "../route.ts";
import { findRun } from "../runs-of.ts";
import { viewOf, viewsOf } from "../view.ts";
import { waitFor } from "../wait-for.ts";
import { exampleRun } from "./examples.ts";
import { runPath } from "./run-path.ts";

const ifNoneMatch = z.string().max(1_000).optional().meta({ description: "ETag of the run as the client knows it" });

/** Whether a wait on a run is over: it has ended or, for a client that knows a representation, has another one now. */
const isNews = (head: RunHead, known: string | undefined): boolean =>
  isEnded(head.state) || (known !== undefined && !isNamedBy(known, etagOf(JSON.stringify(viewOf(head)))));

export const getRun = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/runs/{id}",
  operation: "getRun",
  access: "tenant",
  summary: "One run, with its output once it has succeeded",
  description: [
    "With `wait` the answer comes when the run has ended or the seconds are over; with `If-None-Match` too, also when",
    "anything in it has changed.",
  ].join(" "),
  params: runPath,
  query: only(z.strictObject({ wait: waitSeconds.default(0) })),
  headers: only(z.object({ "if-none-match": ifNoneMatch })),
  answers: {
    200: { what: "The run", schema: runView, example: exampleRun, headers: { ETag: "for If-None-Match" } },
    304: { what: "The run is as the client knows it" },
  },
  refusals: ["run-not-found", "too-many-watchers"],
  handle: async (parts, { caller, params, query, headers, signal }) => {
    const found = await findRun(parts, caller, params.id);
    if (found.kind === "refused") return found;
    const known = headers["if-none-match"];
    const waited = await waitFor(parts, [found.head], {
      seconds: query.wait,
      until: ([head]) => head === undefined || isNews(head, known),
      signal,
    });
    if (waited.kind === "refused") return waited;
    const [view] = await viewsOf(parts.history, waited.heads);
    const text = JSON.stringify(view);
    const etag = etagOf(text);
    if (known !== undefined && isNamedBy(known, etag)) return new Response(null, { status: 304, headers: { etag } });
    return new Response(text, { headers: { etag, "content-type": "application/json" } });
  },
});
