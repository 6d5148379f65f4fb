import type { RunId } from "../contract/ids.ts";
import type { RunHead } from "../contract/run.ts";

/** Heads that were read. The runs of `unread` are there as well: nobody may take them for absent. */
export type HeadsRead = { readonly heads: readonly RunHead[]; readonly unread: ReadonlySet<RunId> };

/**
 * Heads of runs that this version cannot read, because another one wrote them. Who needs every run that it asked for treats it as
 * any failure; who can go on without them has `others`, those of the same call that can be read, in the order as asked.
 */
export class UnreadableRuns extends Error {
  override readonly name = "UnreadableRuns";
  readonly others: readonly RunHead[];
  readonly ids: readonly RunId[];

  constructor(others: readonly RunHead[], failures: ReadonlyMap<RunId, unknown>) {
    const [[id, cause] = []] = failures;
    super(`${failures.size} heads of runs cannot be read, the first of ${id}: ${String(cause)}`, { cause });
    this.others = others;
    this.ids = [...failures.keys()];
  }
}

/** Of a read that nothing was wrong with. */
export const allRead = (heads: readonly RunHead[]): HeadsRead => ({ heads, unread: new Set() });

/** What a failed read gives whoever can go on without some: throws again whatever else it is, as a store that does not answer. */
export function readWithout(error: unknown): HeadsRead {
  if (!(error instanceof UnreadableRuns)) throw error;
  return { heads: error.others, unread: new Set(error.ids) };
}
