/** Books of workers that are dead: sealed, then completed with what they committed after their last page. */
import type { Book } from "../../contract/costs.ts";
import type { RunId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { doneHolder } from "../../contract/tables.ts";
import { isAlive } from "../../core/alive.ts";
import { hourOf, hourStartMs } from "../../core/books.ts";
import { isEnded } from "../../core/lifecycle.ts";
import type { Apart } from "../apart.ts";
import { readFleet } from "../read-fleet.ts";
import { readHeads } from "../read-heads.ts";
import type { Auditor } from "./audit.ts";
import { bookLate } from "./book-late.ts";
import type { Keeping } from "./keeping.ts";

/** Runs of dead workers that were found booked, so that they are looked at once. */
export type Audited = Map<string, Set<RunId>>;

/**
 * Seals the open books of the dead; gives all that are sealed and not complete. Read the books before the fleet: whoever wrote
 * one had beaten before, so that an owner who is not there now is gone. A worker that died before its first page gets an empty one.
 */
export async function sealDead(
  { ledger, fleet, clock }: Keeping,
  { books, closedThrough }: { readonly books: readonly Book[]; readonly closedThrough: number },
): Promise<Book[]> {
  const workers = await readFleet(fleet);
  const living = new Set<string>(workers.filter(isAlive).map((one) => one.workerId));
  const nowMs = clock.nowMs();
  const sealed: Book[] = [];
  for (const book of books) {
    if (book.state === "SEALED") sealed.push(book);
    if (book.state === "OPEN" && !living.has(book.owner)) sealed.push(await ledger.seal(book.owner, book.hour, nowMs));
  }
  const owners = new Set(books.map((book) => book.owner));
  for (const { workerId: owner, buriedAtMs } of workers.filter((worker) => !owners.has(worker.workerId))) {
    if (buriedAtMs !== undefined && hourOf(buriedAtMs) > closedThrough)
      sealed.push(await ledger.seal(owner, hourOf(buriedAtMs), nowMs));
  }
  return sealed.filter((book) => book.state === "SEALED");
}

/** Spans of time in which runs may have ended that are not in the book, by its owner's clock, as its last page: it may be ahead of ours. */
function spansOf({ top, hour, writtenAtMs, sealedAtMs = writtenAtMs }: Book, nowMs: number): number[] {
  const fromMs = (top === 0 ? hourStartMs(hour) : writtenAtMs) - limits.bookSettleMs;
  const sealedMs = Math.max(Math.min(nowMs, sealedAtMs + limits.bookSettleMs), writtenAtMs + limits.bookSettleMs);
  const toMs = Math.min(sealedMs, fromMs + limits.bookGapMaxMs);
  const first = Math.floor(fromMs / limits.doneSpanMs);
  return Array.from({ length: Math.floor(toMs / limits.doneSpanMs) - first + 1 }, (_, i) => first + i);
}

async function endedIn({ index }: Keeping, owner: string, span: number): Promise<RunId[]> {
  const found: RunId[] = [];
  let after: string | undefined;
  for (let page = 0; page < limits.queryPagesMax; page++) {
    const { ids, next } = await index.byHolder(doneHolder(owner, span), Number.MAX_SAFE_INTEGER, after);
    found.push(...ids);
    if (next === undefined) break;
    after = next;
  }
  return found;
}

/** `isWhole`: all of them could be read; what cannot is looked at again by the next pass. */
type Completed = { readonly booked: number; readonly isWhole: boolean };

async function auditAll(parts: Parts, ids: readonly RunId[], seen: Set<RunId>): Promise<Completed> {
  const { keeping, auditor } = parts;
  let booked = 0;
  let isWhole = true;
  for (let i = 0; i < ids.length; i += limits.readBatchMax) {
    const { heads, unread } = await readHeads(keeping, ids.slice(i, i + limits.readBatchMax));
    if (unread.size > 0) isWhole = false;
    for (let j = 0; j < heads.length; j += limits.auditsAtOnce) {
      const some = heads.slice(j, j + limits.auditsAtOnce).filter((head) => isEnded(head.state));
      const audits = await Promise.all(some.map((head) => auditor.audit(head)));
      booked += await bookLate(
        keeping.ledger,
        audits.flatMap(({ missing }) => missing),
      );
      for (const { runId } of some) seen.add(runId);
    }
  }
  return { booked, isWhole };
}

type Parts = { readonly keeping: Keeping; readonly auditor: Auditor; readonly audited: Audited };

/** Gives how many bookings were made up for. A book stays SEALED while one of its runs cannot be read: what that cost is not known yet. */
async function completeBook(parts: Parts, book: Book): Promise<number> {
  const { keeping, audited } = parts;
  const nowMs = keeping.clock.nowMs();
  const seen = audited.get(book.owner) ?? new Set();
  audited.set(book.owner, seen);
  let all = 0;
  let mayComplete = nowMs >= (book.sealedAtMs ?? nowMs) + limits.bookSettleMs;
  for (const span of spansOf(book, nowMs)) {
    const ids = (await endedIn(keeping, book.owner, span)).filter((id) => !seen.has(id));
    const { booked, isWhole } = await auditAll(parts, ids, seen);
    all += booked;
    mayComplete &&= isWhole;
  }
  if (!mayComplete) return all;
  await keeping.ledger.complete(book.owner, book.hour);
  audited.delete(book.owner);
  return all;
}

/**
 * One look at the sealed books; gives how many bookings were made up for. A book is complete when nothing can come any more and all
 * was looked at. What fails in `apart` keeps no other book from that.
 */
export async function completeDead(parts: Parts, sealed: readonly Book[], apart: Apart): Promise<number> {
  let booked = 0;
  for (const book of sealed) booked += (await apart.part(() => completeBook(parts, book))) ?? 0;
  return booked;
}
