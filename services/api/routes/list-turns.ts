/** GET /v1/runs/{id}/turns */
import { z } from "zod";
import { type TurnView, turnList } from "../../contract/http.ts";
import { limits } from "../../contract/limits.ts";
import { encodeCursor, readCursor } from "../cursor.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { findRun } from "../runs-of.ts";
import { turnViewOf } from "../view.ts";
import { exampleTurn } from "./examples.ts";
import { runPath } from "./run-path.ts";

const turnQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(limits.pageMax).default(limits.pageDefault),
  cursor: z.string().max(2_000).optional(),
});

/** The first turns that fit into `limits.pageBytes`; at least one. */
function fitting(turns: readonly TurnView[]): readonly TurnView[] {
  let bytes = 0;
  const end = turns.findIndex((turn, i) => {
    bytes += Buffer.byteLength(JSON.stringify(turn));
    return i > 0 && bytes > limits.pageBytes;
  });
  return end === -1 ? turns : turns.slice(0, end);
}

export const listTurns = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/runs/{id}/turns",
  operation: "listTurns",
  access: "tenant",
  summary: "The committed turns of a run, oldest first",
  description: "A page may be shorter than `limit` and still have a `cursor`; the last page has none.",
  params: runPath,
  query: only(turnQuery),
  answers: { 200: { what: "The turns", schema: turnList, example: { turns: [exampleTurn] } } },
  refusals: ["run-not-found", "invalid-cursor"],
  handle: async (parts, { caller, params, query }) => {
    const from = readCursor("turns", query.cursor);
    if (from.kind === "refused") return from;
    const found = await findRun(parts, caller, params.id);
    if (found.kind === "refused") return found;
    const { runId, turn } = found.head;
    const deltas = await parts.history.deltas(runId, from.cursor?.from ?? 1, turn, query.limit);
    const turns = fitting(deltas.map(turnViewOf));
    const next = (turns.at(-1)?.turn ?? turn) + 1;
    return json({ turns, ...(next < turn ? { cursor: encodeCursor({ list: "turns", from: next }) } : {}) });
  },
});
