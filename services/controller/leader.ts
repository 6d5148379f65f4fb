/**
 * Leads, or waits to. WAITING: looks at the lease; takes it when it is open. LEADING: renews it; a refused renewal means that
 * another leads. What is only safe done by one is done while `term` is there, and each act after `isMine` said yes.
 */
import type { Lease } from "../contract/lease.ts";
import { limits } from "../contract/limits.ts";
import { givenUp, isOpen, type LeaseSight, renewed, sightOf, taken } from "../core/lease.ts";
import { elapsedMs, type Moment, momentOf } from "../core/moment.ts";
import type { Chance, Clock } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { LeaseStore } from "../ports/lease-store.ts";

/**
 * Whom a leader acts as. `epoch` grows with every leader; `isMine` is asked right before each act, and says whether it still
 * leads: by its own clock while the lease holds for long, else by renewing it now. It never throws: who cannot tell does not
 * lead.
 */
export type Term = { readonly epoch: number; isMine(): Promise<boolean> };

/** What leading needs. */
export type LeaderParts = {
  readonly leases: LeaseStore;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly events: EventSink;
};

/** The lease that is held, and when the renewal was sent that is the last to be known. */
type Held = { readonly lease: Lease; readonly sentAt: Moment };

export class Leader {
  readonly #parts: LeaderParts;
  readonly #holder: string;
  #sight: LeaseSight | undefined;
  #held: Held | undefined;
  /** Decisions that the lease does not count yet. */
  #decisions = 0;
  /** One change at a time: each goes on from what the one before it left. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: LeaderParts) {
    this.#parts = parts;
    this.#holder = `c_${parts.chance.id()}`;
  }

  /** Undefined while another leads, or may: a lease that was not renewed for `leaseMs` is nobody's to act on. */
  get term(): Term | undefined {
    if (this.#held === undefined || this.#silentMs(this.#held) >= limits.leaseMs) return undefined;
    const { epoch } = this.#held.lease;
    return { epoch, isMine: () => this.#isMine(epoch) };
  }

  /** Machines sleep: another leads meanwhile. */
  #silentMs({ sentAt }: Held): number {
    return elapsedMs(sentAt, momentOf(this.#parts.clock));
  }

  async #isMine(epoch: number): Promise<boolean> {
    const isHeldFor = (ms: number): boolean => this.#held?.lease.epoch === epoch && this.#silentMs(this.#held) < ms;
    if (this.#held?.lease.epoch !== epoch) return false;
    if (isHeldFor(limits.leaseSureMs)) return true;
    const isOurs = await this.pass().catch(() => false);
    // An answer that comes late, after a stand still, says what was: meanwhile another may lead.
    return isOurs && isHeldFor(limits.leaseMs);
  }

  /** Renews the lease, or takes it if it is open; gives whether it is ours. Throws when the store fails. */
  pass(): Promise<boolean> {
    return this.#inTurn(() => this.#pass());
  }

  /** Capacity was decided on: the next renewal says it, and so does giving up. */
  noteDecision(): void {
    this.#decisions++;
  }

  /** Gives the lease up, so that the next controller leads at once. What cannot be told is found out by silence. */
  release(): Promise<void> {
    return this.#inTurn(async () => {
      const held = this.#held;
      const decisions = this.#decisions;
      this.#held = undefined;
      this.#decisions = 0;
      if (held !== undefined) await this.#parts.leases.replace(givenUp(held.lease, decisions), held.lease);
    });
  }

  async #pass(): Promise<boolean> {
    const { leases, clock } = this.#parts;
    const sentAt = momentOf(clock);
    const there = await leases.read();
    this.#sight = sightOf(this.#sight, there, clock.monotonicMs());
    const decisions = this.#decisions;
    const next = this.#next(there, clock.monotonicMs());
    const isOurs = next !== undefined && (await leases.replace(next, there));
    if (isOurs) this.#decisions -= decisions;
    this.#hold(isOurs ? { lease: next, sentAt } : undefined);
    return isOurs;
  }

  /** What to write over the lease that is there; undefined while it is another's. */
  #next(there: Lease | undefined, atMs: number): Lease | undefined {
    // A renewal without an answer may have been done: what is there is ours all the same.
    if (there !== undefined && there.holder === this.#holder && !there.free) return renewed(there, this.#decisions);
    return this.#sight !== undefined && isOpen(this.#sight, atMs) ? taken(there, this.#holder) : undefined;
  }

  #hold(held: Held | undefined): void {
    const before = this.#held?.lease.epoch;
    const now = held?.lease.epoch;
    this.#held = held;
    const { events } = this.#parts;
    if (now !== undefined && now !== before) events.emit("controller.leads", { holder: this.#holder, epoch: now });
    if (before !== undefined && now === undefined)
      events.emit("controller.follows", { holder: this.#holder, epoch: before });
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(act);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
