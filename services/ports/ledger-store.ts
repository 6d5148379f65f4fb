import type { Book, BookPage, LatePage, LedgerState, StoredCell } from "../contract/costs.ts";

/** A value and the version that a change of it must name; 0: there is none yet. */
export type Versioned<T> = { readonly version: number; readonly value: T };

/** All that is known of an hour: every owner's book, and what others booked late. */
export type HourBooks = { readonly books: readonly Book[]; readonly late: readonly StoredCell[] };

/** Closed books: of a whole day where it is over, else of its hours that are closed (by their number since 1970). */
export type Sheets = {
  readonly day: readonly StoredCell[] | undefined;
  readonly hours: ReadonlyMap<number, readonly StoredCell[]>;
};

/**
 * The books of what calls cost. Each owner writes its own book of an hour, as a whole, so that writing it twice changes nothing.
 * Sheets are made from books that nobody changes any more, so that whoever makes one makes the same. Reads are consistent.
 */
export interface LedgerStore {
  /**
   * Replaces the owner's page of its hour, unless it is there with a later `change`: a write may arrive long after it was given up.
   * `complete`: for the last time. Refused once the book is sealed or complete.
   */
  keep(page: BookPage, complete: boolean): Promise<"kept" | "sealed">;
  /** Takes an open book from its owner and gives it as it then is; an owner without a book gets an empty one. */
  seal(owner: string, hour: number, nowMs: number): Promise<Book>;
  /** A sealed book lacks nothing any more that is not among the late bookings. */
  complete(owner: string, hour: number): Promise<void>;
  book(owner: string, hour: number): Promise<Book | undefined>;
  hour(hour: number): Promise<HourBooks>;
  late(hour: number): Promise<Versioned<LatePage>>;
  /** False: somebody else changed it. */
  changeLate(hour: number, version: number, page: LatePage): Promise<boolean>;
  /** Sheets of a UTC day (`2026-11-21`). */
  sheets(day: string): Promise<Sheets>;
  putHourSheet(hour: number, cells: readonly StoredCell[]): Promise<void>;
  putDaySheet(day: string, cells: readonly StoredCell[]): Promise<void>;
  state(): Promise<Versioned<LedgerState> | undefined>;
  /** False: somebody else changed it. Version 0 makes it. */
  changeState(version: number, state: LedgerState): Promise<boolean>;
}
