/** Completes the books of runs that ended otherwise than by a commit of a worker that booked all of it. */
import { limits } from "../../contract/limits.ts";
import type { RunHead } from "../../contract/run.ts";
import { owedShard } from "../../contract/tables.ts";
import { latePossibleMark, owedPossible } from "../../core/books.ts";
import { isEnded } from "../../core/lifecycle.ts";
import type { Apart } from "../apart.ts";
import { readHeads } from "../read-heads.ts";
import type { Auditor } from "./audit.ts";
import { bookLate } from "./book-late.ts";
import type { Keeping } from "./keeping.ts";

/** Those of a shard, at most `movePages` pages: the ones that ended first. One that cannot be read keeps its mark, for a later look. */
async function owedOf(keeping: Keeping, shard: number): Promise<RunHead[]> {
  const heads: RunHead[] = [];
  let after: string | undefined;
  for (let page = 0; page < limits.movePages; page++) {
    const { ids, next } = await keeping.index.byHolder(owedShard(shard), Number.MAX_SAFE_INTEGER, after);
    if (ids.length > 0) heads.push(...(await readHeads(keeping, ids)).heads);
    if (next === undefined) break;
    after = next;
  }
  return heads.filter((head) => isEnded(head.state) && head.holder === owedShard(shard));
}

const asRead = ({ state, epoch, holder = "" }: RunHead) => ({ state, epoch, holder });

/**
 * Says on the head which possible spend is booked and in which hour, before it is: if this breaks off, and the run goes on meanwhile,
 * the next look books the same. Undefined: somebody moved the run, and its books are looked at when it ends.
 */
async function announced(keeping: Keeping, auditor: Auditor, head: RunHead): Promise<RunHead | undefined> {
  if (owedPossible(head) <= 0 || head.endedAtMs === undefined) return head;
  // What an earlier end left half done comes first.
  await bookLate(keeping.ledger, await auditor.possible(head));
  const write = { guard: asRead(head), set: latePossibleMark(head, head.endedAtMs) };
  const outcome = await keeping.runs.write(head.runId, write);
  return outcome.kind === "written" ? outcome.head : undefined;
}

/** Takes the marks away; refused when somebody moved the run meanwhile: then its books are looked at again when it ends. */
const done = ({ runs }: Keeping, head: RunHead) =>
  runs.write(head.runId, {
    guard: asRead(head),
    set: { bookedPossibleMicroUsd: head.possibleMicroUsd },
    remove: ["holder", "dueAtMs", "unbooked", "latePossible"],
  });

/** Gives how many bookings were made up for. The marks go last, so that whatever breaks off is done again. */
async function complete(keeping: Keeping, auditor: Auditor, heads: readonly RunHead[]): Promise<number> {
  const audits = await Promise.all(heads.map(async (head) => ({ head, ...(await auditor.audit(head)) })));
  const whole = audits.filter(({ isWhole }) => isWhole);
  const asked = await Promise.all(whole.map(({ head }) => announced(keeping, auditor, head)));
  const mine = asked.filter((head) => head !== undefined);
  const possible = await Promise.all(mine.map((head) => auditor.possible(head)));
  const booked = await bookLate(keeping.ledger, [...whole.flatMap(({ missing }) => missing), ...possible.flat()]);
  await Promise.all(mine.map((head) => done(keeping, head)));
  return booked;
}

/** One pass over all of them; gives how many bookings were made up for. What fails in `apart` keeps nothing else from being booked. */
export async function completeOwed(keeping: Keeping, auditor: Auditor, apart: Apart): Promise<number> {
  let booked = 0;
  for (let shard = 0; shard < limits.owedShards; shard++) {
    const heads = (await apart.part(() => owedOf(keeping, shard))) ?? [];
    for (let i = 0; i < heads.length; i += limits.auditsAtOnce) {
      const some = heads.slice(i, i + limits.auditsAtOnce);
      booked += (await apart.part(() => complete(keeping, auditor, some))) ?? 0;
    }
  }
  return booked;
}
