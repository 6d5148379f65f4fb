/** Walks through a part of an index a few pages a pass, and moves the runs that are found there. */
import { limits } from "../contract/limits.ts";
import { addMoved, type Decide, type Moved, moveRuns, nothingMoved } from "./move-runs.ts";
import type { World } from "./world.ts";

/** Where earlier passes stopped, by part. */
export type Cursors = { readonly cursors: Map<string, string> };

/** Runs that want a look: a holder's that are due, or a shard's whose deadline has passed; `byMs` says at what time. */
export type Part = {
  readonly index: "byHolder" | "byDeadline";
  readonly key: string;
  readonly byMs: number;
  /** Set where the same part is also looked at for another reason, which stops elsewhere in it. */
  readonly why?: string;
};

/** One part, at most `sweepPages` pages of it; the next pass goes on where this one stopped. */
export async function scan(
  world: World,
  { cursors }: Cursors,
  part: Part & { readonly decide: Decide },
): Promise<Moved> {
  const { index, key, byMs, decide, why = "" } = part;
  const place = `${index} ${key}${why}`;
  let moved = nothingMoved;
  for (let page = 0; page < limits.sweepPages; page++) {
    const { ids, next } = await world.index[index](key, byMs, cursors.get(place));
    if (next === undefined) cursors.delete(place);
    else cursors.set(place, next);
    moved = addMoved(moved, await moveRuns(world, ids, decide));
    if (next === undefined) break;
  }
  return moved;
}
