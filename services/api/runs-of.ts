/** Runs that a caller may see. Another tenant's run and no run are the same answer. */
import type { RunId } from "../contract/ids.ts";
import type { ApiKey } from "../contract/keys.ts";
import type { RunHead } from "../contract/run.ts";
import type { ApiParts } from "./deps.ts";
import { type Mistake, type Refusal, refuse } from "./problem.ts";

/** A tenant sees its own runs, an operator those of all. */
export const maySee = (caller: ApiKey, head: RunHead): boolean =>
  caller.role === "operator" || head.tenant === caller.tenant;

type Found = { readonly kind: "found"; readonly head: RunHead };
type AllFound = { readonly kind: "found"; readonly heads: readonly RunHead[] };

const unknownRun = (id: RunId, mistakes?: readonly Mistake[]): Refusal =>
  refuse("run-not-found", `there is no run ${id}, or it belongs to another tenant`, mistakes ? { mistakes } : {});

/** The run of an id. */
export async function findRun({ runs, clock }: ApiParts, caller: ApiKey, id: RunId): Promise<Found | Refusal> {
  const [head] = await runs.read([id], clock.nowMs());
  return head !== undefined && maySee(caller, head) ? { kind: "found", head } : unknownRun(id);
}

/** The runs of all ids, each once, or a refusal that names those that are not there. */
export async function findRuns(
  { runs, clock }: ApiParts,
  caller: ApiKey,
  ids: readonly RunId[],
): Promise<AllFound | Refusal> {
  const heads = (await runs.read([...new Set(ids)], clock.nowMs())).filter((head) => maySee(caller, head));
  const found = new Set(heads.map((head) => head.runId));
  const unknown = ids.flatMap((id, i) => (found.has(id) ? [] : [{ id, field: `ids[${i}]` }]));
  const [first] = unknown;
  if (first === undefined) return { kind: "found", heads };
  return unknownRun(
    first.id,
    unknown.map(({ id, field }) => ({ field, message: `there is no run ${id}; leave it out` })),
  );
}
