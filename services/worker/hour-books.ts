/** What this worker has booked, hour by hour, and how much of it is in the store. No I/O. */
import type { Booking, BookPage } from "../contract/costs.ts";
import { limits } from "../contract/limits.ts";
import { hourOf, hourStartMs } from "../core/books.ts";
import { type CostCell, CostCells, storeCell } from "../core/cost-cells.ts";

type Hour = {
  readonly cells: CostCells;
  readonly left: number[];
  changes: number;
  written: number;
  /** The last page, once it was offered: written again after a lost answer it must be the same, or it would be refused. */
  final: BookPage | undefined;
};

/** A state of an hour's book: what was booked is in the store once a page of it, or of a later one, is. */
export type BookMoment = { readonly hour: number; readonly change: number };

/** A page to write; `last`: no booking of its hour can follow. */
export type DuePage = { readonly page: BookPage; readonly moment: BookMoment; readonly last: boolean };

export class HourBooks {
  readonly #owner: string;
  readonly #hours = new Map<number, Hour>();
  /** Bookings that are not settled, with their hours. */
  readonly #open = new Map<number, number>();
  #seq = 0;
  #closedThrough = -1;

  constructor(owner: string) {
    this.#owner = owner;
  }

  /** A number for a turn that is about to be committed. A clock that went back never reaches into a closed hour. */
  begin(nowMs: number): Booking {
    const hour = Math.max(hourOf(nowMs), this.#closedThrough + 1);
    this.#of(hour);
    const seq = ++this.#seq;
    this.#open.set(seq, hour);
    return { by: this.#owner, hour, seq };
  }

  /** The turn is committed: its cost counts from now on. */
  book({ hour, seq }: Booking, cell: CostCell): BookMoment {
    const book = this.#of(hour);
    if (this.#open.delete(seq)) {
      book.cells.add(cell);
      book.changes++;
    }
    return { hour, change: book.changes };
  }

  /** Nobody here knows whether the turn was committed, or it was not: whoever looks at the run's books decides. */
  leave({ hour, seq }: Booking): void {
    if (!this.#open.delete(seq)) return;
    const book = this.#of(hour);
    book.left.push(seq);
    book.changes++;
  }

  /** Whether all bookings are settled. */
  get isSettled(): boolean {
    return this.#open.size === 0;
  }

  isWritten({ hour, change }: BookMoment): boolean {
    return (this.#hours.get(hour)?.written ?? change) >= change;
  }

  /** The pages to write now. The book of the present hour is begun before anything is booked in it. `all`: for the last time. */
  due(nowMs: number, all = false): DuePage[] {
    this.#of(Math.max(hourOf(nowMs), this.#closedThrough + 1));
    const unsettled = new Set(this.#open.values());
    return [...this.#hours].flatMap(([hour, { changes, written }]) => {
      const last = all || (!unsettled.has(hour) && nowMs >= hourStartMs(hour + 1) + limits.bookSettleMs / 2);
      if (last) this.#closedThrough = Math.max(this.#closedThrough, hour);
      if (!last && changes === written) return [];
      return [
        {
          page: last ? this.#finalPage(hour, nowMs) : this.#page(hour, nowMs),
          moment: { hour, change: changes },
          last,
        },
      ];
    });
  }

  /** A page is in the store. */
  wrote({ moment, last }: DuePage): void {
    if (last) this.#hours.delete(moment.hour);
    else this.#of(moment.hour).written = moment.change;
  }

  #finalPage(hour: number, nowMs: number): BookPage {
    const book = this.#of(hour);
    book.final ??= this.#page(hour, nowMs);
    return book.final;
  }

  #page(hour: number, nowMs: number): BookPage {
    const { cells, left, changes: change } = this.#of(hour);
    const open = [...this.#open].filter(([, of]) => of === hour).map(([seq]) => seq);
    const stored = cells.all.map(storeCell);
    return {
      owner: this.#owner,
      hour,
      change,
      top: this.#seq,
      open,
      left: [...left],
      cells: stored,
      writtenAtMs: nowMs,
    };
  }

  #of(hour: number): Hour {
    const there = this.#hours.get(hour);
    if (there !== undefined) return there;
    const made: Hour = { cells: new CostCells(), left: [], changes: 1, written: 0, final: undefined };
    this.#hours.set(hour, made);
    return made;
  }
}
