/** Looks whether all that a run has committed is in the books; what never will be is what must be booked late. */
import type { Book, Booking } from "../../contract/costs.ts";
import { workerId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import type { RunHead } from "../../contract/run.ts";
import { agentSpec } from "../../core/agent.ts";
import { isAlive } from "../../core/alive.ts";
import { hourOf, judgeBooking, latePossibleOf } from "../../core/books.ts";
import { noCost } from "../../core/cost-cells.ts";
import { cellOfTurn } from "../../core/turn-cell.ts";
import type { LateEntry } from "./book-late.ts";
import type { Keeping } from "./keeping.ts";

/** `isWhole`: nothing of the run can be booked by its workers any more. */
export type Audit = { readonly isWhole: boolean; readonly missing: readonly LateEntry[] };

/** Audits of one pass: each book is read once. */
export class Auditor {
  readonly #keeping: Keeping;
  readonly #books = new Map<string, Promise<Book | undefined>>();

  constructor(keeping: Keeping) {
    this.#keeping = keeping;
  }

  /** Of a run that has ended. */
  async audit(head: RunHead): Promise<Audit> {
    const deltas = await this.#keeping.history.deltas(head.runId, 1, head.turn);
    const missing: LateEntry[] = [];
    let isWhole = true;
    for (const delta of deltas) {
      const { booking } = delta;
      // Turns of before anybody kept books, or whose books are gone: nobody knows better.
      if (booking === undefined || this.#isForgotten(booking.hour)) continue;
      const verdict = await this.#judge(booking);
      if (verdict === "wait") isWhole = false;
      if (verdict !== "missing") continue;
      missing.push({ key: `${head.runId}/${delta.turn}`, hour: booking.hour, cell: cellOfTurn(head, delta) });
    }
    return { isWhole, missing };
  }

  /** Possible spend that no turn carried into the books, as the head says that it is being booked. */
  async possible(head: RunHead): Promise<readonly LateEntry[]> {
    const late = latePossibleOf(head);
    if (late === undefined) return [];
    const { runId, tenant, agent } = head;
    const possibleMicroUsd = late.toMicroUsd - late.fromMicroUsd;
    const cell = { tenant, agent, model: await this.#modelOf(head), ...noCost, possibleMicroUsd };
    return [{ key: `${runId}/possible/${late.fromMicroUsd}`, hour: late.hour, cell }];
  }

  #isForgotten(hour: number): boolean {
    return hour < hourOf(this.#keeping.clock.nowMs() - limits.keepBooksMs);
  }

  async #judge({ by, hour, seq }: Booking): Promise<"in" | "missing" | "wait"> {
    const key = `${by} ${hour}`;
    const { ledger, clock } = this.#keeping;
    const read = this.#books.get(key) ?? ledger.book(by, hour);
    this.#books.set(key, read);
    const book = await read;
    const verdict = book === undefined ? "wait" : judgeBooking(book, seq);
    if (verdict !== "wait" || !(await this.#isGone(by))) return verdict;
    const sealed = await ledger.seal(by, hour, clock.nowMs());
    this.#books.set(key, Promise.resolve(sealed));
    return judgeBooking(sealed, seq);
  }

  /** Only a worker that is dead for sure loses its book: a worker beats before it books anything. */
  async #isGone(by: string): Promise<boolean> {
    const owner = await this.#keeping.fleet.worker(workerId.parse(by));
    return owner === undefined || !isAlive(owner);
  }

  async #modelOf(head: RunHead): Promise<string> {
    const { history, contents } = this.#keeping;
    const [last] = head.turn > 1 ? await history.deltas(head.runId, head.turn - 1, head.turn) : [];
    if (last !== undefined) return last.model;
    const text = await contents.get(head.spec);
    return text === undefined ? "unknown" : agentSpec.parse(JSON.parse(text)).model;
  }
}
