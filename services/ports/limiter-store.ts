import type { Amounts, RateControl } from "../contract/rate.ts";
import type { LimitName } from "../contract/tables.ts";
import type { Tallies } from "../core/breaker.ts";
import type { Moves } from "../core/limiter.ts";

/** The item of a limit class. `version` grows with every change of `control`; bookings leave it. */
export type LimitItem = {
  readonly version: number;
  readonly control: RateControl;
  /** Next free position of each clock. */
  readonly positions: Amounts;
  readonly tallies: Tallies;
};

/** What an answer showed: the item, and the server's own time (whole seconds) where the answer had it. */
export type Seen = { readonly item: LimitItem | undefined; readonly serverDateMs: number | undefined };

/** One booking: moves of the three positions, calls and failures to count, stretches of time to forget. */
export type BookWrite = { readonly moves: Moves; readonly tallies: Tallies; readonly forget: readonly number[] };

/**
 * The shared item of each limit class. Every write is one conditional update, sent once: an unanswered one is not repeated, for it
 * may have happened, and a correction made twice would be credit for nothing. Errors carry their cause.
 */
export interface LimiterStore {
  /** Consistent. */
  read(name: LimitName): Promise<Seen>;
  /** Makes the item unless it is there; shows it as it is then. */
  begin(name: LimitName, control: RateControl): Promise<Seen>;
  /** Refused when `control` is not of `version` any more, or when a position does not fit its move; shows the item either way. */
  book(name: LimitName, version: number, write: BookWrite): Promise<Seen & { readonly kind: "booked" | "refused" }>;
  /** Replaces the control record of `version`. */
  change(
    name: LimitName,
    version: number,
    control: RateControl,
  ): Promise<Seen & { readonly kind: "changed" | "refused" }>;
}
