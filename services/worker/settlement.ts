/** Writes what a worker owes an item, and what its server left: with the next booking, or alone after a while. */
import { limits } from "../contract/limits.ts";
import { outdated } from "../core/breaker.ts";
import { type Booking, movesOf } from "../core/limiter.ts";
import type { Left } from "../core/server-credit.ts";
import { OVER } from "../ports/clock.ts";
import type { LimitItem } from "../ports/limiter-store.ts";
import type { GateParts } from "./gate-parts.ts";
import type { RateView } from "./rate-view.ts";
import { ServerWord } from "./server-word.ts";
import { storeTrouble } from "./store-trouble.ts";
import { Unsettled } from "./unsettled.ts";

const NO_TOKENS = { input: 0, output: 0 };

export class Settlement {
  readonly owed = new Unsettled();
  readonly #parts: GateParts;
  readonly #view: RateView;
  readonly #trouble: ReturnType<typeof storeTrouble>;
  #planned = false;
  /** Bookings on their way. */
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #word: ServerWord;

  constructor(parts: GateParts, view: RateView) {
    this.#parts = parts;
    this.#view = view;
    this.#trouble = storeTrouble(parts);
    this.#word = new ServerWord(view);
  }

  /** The headers of an answer said what is left of the server's buckets. */
  heard(left: Left): void {
    this.#word.heard(left);
  }

  /** Nothing to tell that is worth a write of its own. */
  get #minor(): boolean {
    return this.owed.minor && !this.#word.matters;
  }

  /** Books with everything that is owed; a refusal leaves it owed. */
  async book(item: LimitItem, booking: Omit<Booking, "correction">): Promise<"booked" | "refused"> {
    const booked = this.#book(item, booking);
    this.#underWay.add(booked);
    try {
      return await booked;
    } finally {
      this.#underWay.delete(booked);
    }
  }

  async #book(item: LimitItem, booking: Omit<Booking, "correction">): Promise<"booked" | "refused"> {
    const owed = this.owed.take();
    const nowMs = this.#view.nowMs();
    const moves = movesOf(item, { ...booking, correction: owed.correction, least: this.#word.least }, nowMs);
    try {
      const kind = await this.#view.book({ moves, tallies: owed.tallies, forget: outdated(item.tallies, nowMs) });
      if (kind === "refused") this.owed.giveBack(owed);
      return kind;
    } catch (error) {
      this.owed.lose(owed);
      throw error;
    }
  }

  /**
   * Writes what is owed when `pumped` is over and nothing is on its way any more, again where others were faster or no answer came:
   * nobody will do it later. All of it takes at most `drainMarginMs`; what is under way then is left to its own bound.
   */
  async last(pumped: Promise<void>): Promise<void> {
    const over = new AbortController();
    const late = this.#parts.clock.sleep(limits.drainMarginMs, over.signal);
    await Promise.race([this.#writeLast(pumped, over.signal), late]);
    over.abort(OVER);
  }

  async #writeLast(pumped: Promise<void>, over: AbortSignal): Promise<void> {
    await pumped;
    await Promise.allSettled(this.#underWay);
    let failures = 0;
    for (let i = 0; i < limits.rateTries && failures < limits.settleTries && !over.aborted; i++) {
      const kind = await this.now();
      if (kind === "booked" || kind === "nothing") return;
      if (kind === "failed") failures++;
    }
  }

  /** Writes it alone, now. `failed`: nobody knows what became of it. */
  async now(): Promise<"booked" | "refused" | "failed" | "nothing"> {
    if (this.#minor) return "nothing";
    try {
      return await this.book(await this.#view.current(), { permits: 0, tokens: NO_TOKENS });
    } catch (error) {
      this.#trouble.tell("settle", error);
      return "failed";
    }
  }

  /** Writes it alone after a while, unless `rides()` says that a booking will carry it and it can wait for that. */
  async later(rides: () => boolean): Promise<void> {
    if (this.#planned || this.#minor) return;
    this.#planned = true;
    const { clock, stop } = this.#parts;
    await clock.sleep(limits.settleAloneMs, stop);
    this.#planned = false;
    if (this.#minor || stop.aborted || (rides() && !this.owed.urgent)) return;
    await this.now();
    this.later(rides);
  }
}
