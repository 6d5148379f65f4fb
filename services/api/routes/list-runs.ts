/** GET /v1/runs: a page of a tenant's runs, or one wait for many. */
import type { z } from "zod";
import { listQuery, runList, waitQuery } from "../../contract/http.ts";
import { limits } from "../../contract/limits.ts";
import type { RunHead } from "../../contract/run.ts";
import { isEnded } from "../../core/lifecycle.ts";
import type { Clock } from "../../ports/clock.ts";
import { encodeCursor, readCursor } from "../cursor.ts";
import type { ApiParts } from "../deps.ts";
import { refuse } from "../problem.ts";
import { readHeads } from "../read-heads.ts";
import { eitherBy, takesNothing } from "../reader.ts";
import { type Call, defineRoute, json, type Outcome } from "../route.ts";
import { findRuns } from "../runs-of.ts";
import { viewOf, viewsOf } from "../view.ts";
import { waitFor } from "../wait-for.ts";
import { exampleRun } from "./examples.ts";

type ListQuery = z.output<typeof listQuery>;
type WaitQuery = z.output<typeof waitQuery>;

/** Over once all have ended, or a moment after the first did: ends that come in a crowd are one answer. */
function someEnded(clock: Clock): (heads: readonly RunHead[]) => boolean {
  let firstAtMs: number | undefined;
  return (heads) => {
    const ended = heads.filter((head) => isEnded(head.state)).length;
    if (ended > 0) firstAtMs ??= clock.monotonicMs();
    return (
      ended === heads.length || (firstAtMs !== undefined && clock.monotonicMs() - firstAtMs >= limits.waitGatherMs)
    );
  };
}

async function waitForMany(parts: ApiParts, call: Call<unknown, WaitQuery, unknown, unknown>): Promise<Outcome> {
  const { ids, wait } = call.query;
  const found = await findRuns(parts, call.caller, ids);
  if (found.kind === "refused") return found;
  const until = someEnded(parts.clock);
  const waited = await waitFor(parts, found.heads, { seconds: wait, until, signal: call.signal });
  return waited.kind === "refused" ? waited : json({ runs: await viewsOf(parts.history, waited.heads) });
}

async function listPage(parts: ApiParts, call: Call<unknown, ListQuery, unknown, unknown>): Promise<Outcome> {
  const { caller, query } = call;
  const tenant = query.tenant ?? caller.tenant;
  if (tenant !== caller.tenant && caller.role !== "operator") {
    return refuse("forbidden", "a key with the role tenant lists its own runs; leave `tenant` out");
  }
  const from = readCursor("runs", query.cursor);
  if (from.kind === "refused") return from;
  const { state, agent, limit } = query;
  const page = await parts.index.byTenant({ tenant, state, agent, limit, after: from.cursor?.after });
  const { heads } = await readHeads(parts, page.ids, "list runs");
  // The index lags: a run that has left the state that was asked for is not shown in it.
  const runs = heads.filter((head) => state === undefined || head.state === state).map((head) => viewOf(head));
  const cursor = page.next === undefined ? {} : { cursor: encodeCursor({ list: "runs", after: page.next }) };
  return json({ runs, ...cursor });
}

export const listRuns = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/runs",
  operation: "listRuns",
  access: "tenant",
  summary: "List runs, newest first, or wait for up to 100 at once",
  description: [
    "Without `ids`: a page of the tenant's runs, without outputs. A page may be shorter than `limit` and still have a",
    "`cursor`; the last page has none. A run may appear in the list a moment after it was accepted.",
    "With `ids` (comma-separated): those runs, with outputs. `wait` then holds the answer until all have ended, or shortly",
    "after the first has, or until the seconds are over; ask again with the ids that have not ended.",
  ].join(" "),
  query: eitherBy("ids", waitQuery, listQuery),
  answers: { 200: { what: "The runs", schema: runList, example: { runs: [exampleRun] } } },
  refusals: ["invalid-cursor", "forbidden", "run-not-found", "too-many-watchers"],
  handle: (parts, call) => {
    const { query } = call;
    return "ids" in query ? waitForMany(parts, { ...call, query }) : listPage(parts, { ...call, query });
  },
});
