/** A worker's view of one limit class: the item as it was seen last, and the time as the store's server tells it. */
import { limits } from "../contract/limits.ts";
import { type RateControl, type RateLimit, rateLimit } from "../contract/rate.ts";
import type { LimitName } from "../contract/tables.ts";
import { firstControl, limitOf, type RateSettings, withLimit } from "../core/rate-control.ts";
import { type ClockBounds, correctionMs, withSample } from "../core/server-clock.ts";
import type { Clock } from "../ports/clock.ts";
import type { BookWrite, LimiterStore, LimitItem, Seen } from "../ports/limiter-store.ts";

const rateFields = rateLimit.keyof().options;

/** Decides the next control record; the same value means that nothing is to change. */
export type Decide = (item: LimitItem, nowMs: number) => RateControl;

export class RateView {
  readonly name: LimitName;
  readonly #store: LimiterStore;
  readonly #clock: Clock;
  readonly #settings: RateSettings;
  #bounds: ClockBounds | undefined;
  #item: LimitItem | undefined;
  #seenMs = Number.NEGATIVE_INFINITY;
  #configured = false;

  constructor(parts: { store: LimiterStore; clock: Clock; settings: RateSettings }, limitClass: string) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#settings = parts.settings;
    this.name = { platform: parts.settings.platform, workspace: parts.settings.workspace, limitClass };
  }

  /** Our clock, put right by the `Date` of the server's answers. */
  nowMs(): number {
    return this.#clock.nowMs() + correctionMs(this.#bounds);
  }

  get item(): LimitItem | undefined {
    return this.#item;
  }

  /** Recent enough to book or to start a call by. */
  get fresh(): boolean {
    return this.#item !== undefined && this.#clock.monotonicMs() - this.#seenMs < limits.rateViewMs;
  }

  /** The item, read again unless the view is fresh; made when it is not there. Throws when the store does not answer. */
  async current(): Promise<LimitItem> {
    if (this.fresh && this.#item !== undefined) return this.#item;
    await this.#ask(() => this.#store.read(this.name));
    if (this.#item === undefined) {
      const first = firstControl(limitOf(this.#settings, this.name.limitClass), this.#settings.rampMs, this.nowMs());
      await this.#ask(() => this.#store.begin(this.name, first));
    }
    if (this.#item === undefined) throw new Error("the limiter's item is not there after it was made");
    if (!this.#configured) await this.#configure();
    return this.#item;
  }

  async book(write: BookWrite): Promise<"booked" | "refused"> {
    const { version } = await this.current();
    return (await this.#ask(() => this.#store.book(this.name, version, write))).kind;
  }

  /** Changes the control record against others; gives both when this worker changed it, undefined when nothing was to change. */
  async change(decide: Decide): Promise<{ readonly before: RateControl; readonly after: RateControl } | undefined> {
    for (let i = 0; i < limits.rateTries; i++) {
      const item = await this.current();
      const next = decide(item, this.nowMs());
      if (next === item.control) return undefined;
      const { kind } = await this.#ask(() => this.#store.change(this.name, item.version, next));
      if (kind === "changed") return { before: item.control, after: next };
    }
    throw new Error(`the limiter's control record changed ${limits.rateTries} times while it was to be changed`);
  }

  /** The settings of a deployment that starts are taken over, unless an operator has set the limit. */
  async #configure(): Promise<void> {
    this.#configured = true;
    const limit = limitOf(this.#settings, this.name.limitClass);
    const isSame = (other: RateLimit) => rateFields.every((field) => other[field] === limit[field]);
    await this.change(({ control }, nowMs) =>
      control.limitBy === "operator" || isSame(control.limit)
        ? control
        : withLimit(control, { limit, by: "settings" }, nowMs),
    );
  }

  async #ask<T extends Seen>(call: () => Promise<T>): Promise<T> {
    const sentMs = this.#clock.nowMs();
    const atMs = this.#clock.monotonicMs();
    const answer = await call();
    if (answer.serverDateMs !== undefined) {
      const sample = { dateMs: answer.serverDateMs, sentMs, receivedMs: this.#clock.nowMs() };
      this.#bounds = withSample(this.#bounds, sample);
    }
    // Answers may overtake each other; an older control record never replaces a newer one.
    if (answer.item === undefined) this.#item = undefined;
    else if (answer.item.version >= (this.#item?.version ?? 0)) {
      this.#item = answer.item;
      this.#seenMs = atMs;
    }
    return answer;
  }
}
