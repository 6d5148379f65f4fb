/**
 * The way of one worker's calls through the limit of one class: one reservation at a time, however many wait; a permit a slot.
 * IDLE: nobody waits, nothing is written. BOOKING -> WAITING for the slot -> GRANTING, while somebody waits. BLOCKED: paused, or
 * the breaker is not closed; short blocks are waited out, long ones are told to those who wait, so that their runs are parked.
 * Without an answer of the store nothing is granted.
 */
import type { Lane } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { Amounts } from "../contract/rate.ts";
import type { Feed } from "../core/feedable.ts";
import { firstSlot, permitsOf } from "../core/limiter.ts";
import { PERMIT, slotTimeMs } from "../core/rate-clock.ts";
import { OVER } from "../ports/clock.ts";
import type { LimitItem } from "../ports/limiter-store.ts";
import { type CallEnd, isToldByServer, meaningOf, probeSucceeded, tokensOf } from "./call-end.ts";
import { FailureStreak } from "./failure-streak.ts";
import { FeedMeter } from "./feed-meter.ts";
import type { GateParts, Taken } from "./gate-parts.ts";
import { PermitQueue, type Waiter } from "./permit-queue.ts";
import { blockOf } from "./rate-block.ts";
import { RateChanges } from "./rate-changes.ts";
import { RateView } from "./rate-view.ts";
import { Settlement } from "./settlement.ts";
import { storeTrouble } from "./store-trouble.ts";
import type { Tokens } from "./unsettled.ts";

type Slot = { readonly at: Amounts; readonly charged: Tokens };

/** What is remembered of a call under way; times by the view's clock. */
type Started = { readonly charged: Tokens; readonly probe: boolean; readonly startedMs: number };

const NO_TOKENS: Tokens = { input: 0, output: 0 };
const SIZE = { spanMs: limits.permitsSpanMs, permits: limits.permitsMax };

export class RateGate {
  readonly #parts: GateParts;
  readonly #view: RateView;
  readonly #changes: RateChanges;
  readonly #settlement: Settlement;
  readonly #trouble: ReturnType<typeof storeTrouble>;
  readonly #meter: FeedMeter;
  readonly #streak = new FailureStreak();
  readonly #queue = new PermitQueue<Taken>();
  #pumping = false;
  /** Resolves when the last pump has ended. */
  #pumped: Promise<void> = Promise.resolve();
  #blocked = false;
  /** Raised when nobody waits any more, or nobody may; a new one for who waits next, or sleeps under it would be none. */
  #quiet = new AbortController();

  constructor(parts: GateParts, limitClass: string) {
    this.#parts = parts;
    this.#view = new RateView(parts, limitClass);
    this.#changes = new RateChanges(parts, this.#view);
    this.#settlement = new Settlement(parts, this.#view);
    this.#trouble = storeTrouble(parts);
    this.#meter = new FeedMeter(parts.clock);
    parts.stop.addEventListener("abort", () => this.#quiet.abort(OVER), { once: true });
  }

  /** Nothing of this class may start for a while. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** What the rate can feed; undefined while calls do not wait for it. */
  get feed(): Feed | undefined {
    return this.#meter.feed;
  }

  /** Waits for a permit of a run, until `signal` aborts. `run` is the same object at every turn of the same run. */
  take(run: object, ask: { lane: Lane; tokens: Tokens; signal: AbortSignal }): Promise<Taken> {
    if (ask.signal.aborted || this.#parts.stop.aborted) return Promise.resolve({ kind: "stopped" });
    const { promise, resolve } = Promise.withResolvers<Taken>();
    const abort = () => {
      this.#queue.remove(waiter);
      if (this.#queue.size === 0) this.#quiet.abort(OVER);
      resolve({ kind: "stopped" });
    };
    const give = (what: Taken) => {
      ask.signal.removeEventListener("abort", abort);
      if (what.kind === "permit") this.#meter.granted(run);
      resolve(what);
    };
    const waiter = { lane: ask.lane, tokens: ask.tokens, give };
    this.#meter.asked(run);
    if (this.#quiet.signal.aborted) this.#quiet = new AbortController();
    ask.signal.addEventListener("abort", abort, { once: true });
    this.#queue.add(waiter);
    if (!this.#pumping) this.#pumped = this.#pump();
    return promise;
  }

  /** Writes what is owed, once, when nothing is on its way any more; for a worker that leaves. */
  settleAll(): Promise<void> {
    return this.#settlement.last(this.#pumped);
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    let failures = 0;
    while (this.#queue.size > 0 && !this.#parts.stop.aborted) {
      try {
        await this.#round();
        failures = 0;
      } catch (error) {
        this.#trouble.tell("book", error);
        await this.#trouble.wait(failures++, this.#quiet.signal);
      }
    }
    this.#pumping = false;
    this.#queue.giveAll({ kind: "stopped" });
    this.#settleLater();
  }

  async #round(): Promise<void> {
    if ((await this.#whileBlocked(await this.#view.current())) || (await this.#changes.warmUp())) return;
    for (const slot of await this.#reserve()) {
      const used = await this.#useSlot(slot);
      if (!used) this.#settlement.owed.correct(slot.charged, NO_TOKENS);
    }
  }

  /** Waits a short block out, tells a long one, sends the probe; true when the caller is to look again. */
  async #whileBlocked({ control }: LimitItem): Promise<boolean> {
    const block = blockOf(control, this.#view.nowMs());
    if (block.kind === "none") return false;
    if (block.kind === "probe") return this.#probe();
    const leftMs = block.untilMs - this.#view.nowMs();
    if (leftMs > limits.waitInSlotMs) {
      this.#queue.giveAll({ kind: "held", waitMs: leftMs, because: block.because, by: block.by });
      this.#watchBlock();
    } else await this.#parts.clock.sleep(Math.min(leftMs, limits.rateLookMs), this.#quiet.signal);
    return true;
  }

  /** One worker of the fleet sends one call to see whether calls go through again. */
  async #probe(): Promise<true> {
    if (!(await this.#changes.claimProbe())) return true;
    const waiter = this.#queue.take();
    if (waiter === undefined) await this.#changes.probeEnded(false);
    else this.#grant(waiter, waiter.tokens, true);
    return true;
  }

  /** One booking for as many of those that wait as one reservation takes; gives their slots. */
  async #reserve(): Promise<Slot[]> {
    for (let i = 0; i < limits.rateTries && this.#queue.size > 0; i++) {
      const item = await this.#view.current();
      if (blockOf(item.control, this.#view.nowMs()).kind !== "none") return [];
      const waiters = this.#queue.first(permitsOf(item.control, this.#queue.size, SIZE));
      const each = waiters.map((waiter) => this.#meter.estimate(waiter.tokens));
      const booking = { permits: each.length, tokens: each.reduce(plus, NO_TOKENS), contended: i > 0 };
      const kind = await this.#settlement.book(item, booking);
      const after = this.#view.item?.positions;
      if (kind === "refused" || after === undefined) continue;
      this.#changes.judge(this.#settlement.owed.tallies);
      return slotsFrom(firstSlot(after, booking), each);
    }
    return [];
  }

  /** Waits until the slot's time has come by a fresh view, then grants; false when nobody was there to use it. */
  async #useSlot(slot: Slot): Promise<boolean> {
    let failures = 0;
    let paced = false;
    while (this.#queue.size > 0 && !this.#parts.stop.aborted) {
      try {
        const item = this.#view.item;
        const leftMs = item === undefined ? 0 : slotTimeMs(item.control, slot.at) - this.#view.nowMs();
        paced ||= leftMs > 0;
        if (leftMs > 0) await this.#sleepTowards(leftMs);
        else if (this.#changes.pending) await this.#parts.clock.sleep(limits.rateRetryBaseMs, this.#quiet.signal);
        else if (!this.#view.fresh) await this.#view.current();
        else return this.#grantFirst(slot, paced);
        failures = 0;
      } catch (error) {
        this.#trouble.tell("look", error);
        await this.#trouble.wait(failures++, this.#quiet.signal);
      }
    }
    return false;
  }

  /** Sleeps towards a slot's time; looks at the item on the way when that is far, or when the clocks stand still. */
  async #sleepTowards(leftMs: number): Promise<void> {
    const lookMs = lookAfterMs(leftMs);
    await this.#parts.clock.sleep(Math.min(Math.ceil(leftMs), lookMs), this.#quiet.signal);
    if (leftMs > lookMs && this.#queue.size > 0) await this.#whileBlocked(await this.#view.current());
  }

  #grantFirst({ charged }: Slot, paced: boolean): boolean {
    this.#meter.paced(paced);
    const waiter = this.#queue.take();
    if (waiter !== undefined) this.#grant(waiter, charged, false);
    return waiter !== undefined;
  }

  #grant(waiter: Waiter<Taken>, charged: Tokens, probe: boolean): void {
    let open = true;
    const startedMs = this.#view.nowMs();
    this.#settlement.owed.count(startedMs, { calls: 1 });
    waiter.give({
      kind: "permit",
      platform: this.#parts.settings.platform,
      heard: (said) => {
        this.#changes.lower(said.limits);
        this.#settlement.heard(said.left);
        this.#settleLater();
      },
      // An answer that begins shows as much as its end, which may be minutes away.
      began: () => {
        if (probe && open) this.#changes.probeEnded(true);
      },
      settle: (end) => {
        if (open) this.#ended(end, { charged, probe, startedMs });
        open = false;
      },
    });
    this.#parts.onChange();
  }

  #ended(end: CallEnd, { charged, probe, startedMs }: Started): void {
    const { owed } = this.#settlement;
    const meaning = meaningOf(end);
    const used = tokensOf(end);
    if (used !== undefined) owed.correct(charged, used);
    if (end.kind === "answer") {
      if (used !== undefined) this.#meter.used(used);
      this.#streak.succeeded(startedMs);
    }
    if (meaning === "fails") {
      owed.count(this.#view.nowMs(), { failures: 1 });
      this.#changes.judge(owed.tallies);
      const rowMs = isToldByServer(end) ? this.#streak.failed(startedMs) : undefined;
      if (rowMs !== undefined) this.#changes.streak(rowMs);
    }
    if (meaning === "spend-limit" || meaning === "unauthorised") this.#changes.block(meaning);
    else if (probe) this.#changes.probeEnded(probeSucceeded(end));
    if (meaning === "limited" && end.kind === "failed") this.#changes.pause(end);
    this.#settleLater();
  }

  #settleLater(): void {
    this.#settlement.later(() => this.#pumping);
  }

  /** Looks now and then whether a long block is over, so that slots open again. */
  async #watchBlock(): Promise<void> {
    if (this.#blocked) return;
    this.#blocked = true;
    const { clock, stop, onChange } = this.#parts;
    while (this.#blocked && !stop.aborted) {
      await clock.sleep(limits.rateLookMs, stop);
      try {
        const { control } = await this.#view.current();
        this.#blocked = blockOf(control, this.#view.nowMs()).kind === "blocked";
      } catch (error) {
        this.#trouble.tell("look", error);
      }
    }
    onChange();
  }
}

const plus = (a: Tokens, b: Tokens): Tokens => ({ input: a.input + b.input, output: a.output + b.output });

/** A far slot is looked after seldom: what changes meanwhile is seen before it is used. */
const lookAfterMs = (leftMs: number): number =>
  Number.isFinite(leftMs) ? Math.min(limits.rateLookMaxMs, Math.max(limits.rateLookMs, leftMs / 4)) : limits.rateLookMs;

/** Slots of one reservation: requests one after the other, tokens after those of the calls before. */
function slotsFrom(first: Amounts, each: readonly Tokens[]): Slot[] {
  let before = { input: first.input, output: first.output };
  return each.map((charged, i) => {
    const at = { requests: first.requests + i * PERMIT, ...before };
    before = plus(before, charged);
    return { at, charged };
  });
}
