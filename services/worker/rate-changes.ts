/** Changes of a class's control record by this worker: what happened to its calls decides, the record is shared by all. */
import { limits } from "../contract/limits.ts";
import type { RateControl } from "../contract/rate.ts";
import { type BreakerEvent, causeOf, stepBreaker, type Tallies } from "../core/breaker.ts";
import { coldStart, isCold, lowered, pause, withBreaker } from "../core/rate-control.ts";
import type { ModelFailure } from "../ports/model.ts";
import { announceChange, type Change } from "./announce-change.ts";
import type { GateParts } from "./gate-parts.ts";
import type { Decide, RateView } from "./rate-view.ts";
import { storeTrouble } from "./store-trouble.ts";

export class RateChanges {
  readonly #parts: GateParts;
  readonly #view: RateView;
  readonly #trouble: ReturnType<typeof storeTrouble>;
  #unsaved = 0;

  constructor(parts: GateParts, view: RateView) {
    this.#parts = parts;
    this.#view = view;
    this.#trouble = storeTrouble(parts);
  }

  /** A change is not stored yet: nothing may be granted before. */
  get pending(): boolean {
    return this.#unsaved > 0;
  }

  /** Begins the ramp again after a long quiet; true when this worker did. */
  warmUp(): Promise<boolean> {
    const { rampMs } = this.#parts.settings;
    return this.#change("ramp", ({ control, positions }, nowMs) =>
      isCold(control, positions.requests, nowMs) ? coldStart(control, rampMs, nowMs) : control,
    );
  }

  /** Claims the fleet's probe; true when this worker may send it. */
  claimProbe(): Promise<boolean> {
    return this.#change("breaker", ({ control }, nowMs) => this.#step(control, { kind: "probe" }, nowMs));
  }

  probeEnded(ok: boolean): Promise<void> {
    return this.#save("breaker", ({ control }, nowMs) => this.#step(control, { kind: "probe-ended", ok }, nowMs));
  }

  /** A code that only a person can mend. */
  block(cause: "spend-limit" | "unauthorised"): Promise<void> {
    return this.#save("breaker", ({ control }, nowMs) => this.#step(control, { kind: "blocked", cause }, nowMs));
  }

  /** A 429: the fleet pauses and goes on slower. */
  pause({ retryAfterMs, ramp }: ModelFailure): Promise<void> {
    const waitMs = Math.min(retryAfterMs ?? limits.pauseMs, limits.pauseMaxMs);
    const { rampMs } = this.#parts.settings;
    return this.#save("pause", ({ control }, nowMs) =>
      pause(control, { untilMs: nowMs + waitMs, ramp: ramp === true, rampMs }, nowMs),
    );
  }

  /** Takes over what the server's headers said, if it is lower. */
  async lower(said: RateControl["server"]): Promise<void> {
    const control = this.#view.item?.control;
    if (control === undefined || lowered(control, said, this.#view.nowMs()) === control) return;
    await this.#save("lowered", (item, nowMs) => lowered(item.control, said, nowMs));
  }

  /** Opens the breaker when the fleet's counts, or our own that nobody knows yet, say so. */
  async judge(own: Tallies): Promise<void> {
    const item = this.#view.item;
    if (item === undefined || item.control.breaker.kind !== "closed") return;
    const { sinceMs } = item.control.breaker;
    const isBad = (tallies: Tallies) => causeOf(tallies, sinceMs, this.#view.nowMs()) !== undefined;
    if (!isBad(item.tallies) && !isBad(own)) return;
    const local = new Map(own);
    await this.#save("breaker", ({ control, tallies }, nowMs) => {
      const fleet = this.#step(control, { kind: "evidence", tallies }, nowMs);
      return fleet === control ? this.#step(control, { kind: "evidence", tallies: local }, nowMs) : fleet;
    });
  }

  /** Opens the breaker when the calls of this worker alone say so. */
  streak(sinceMs: number): Promise<void> {
    return this.#save("breaker", ({ control }, nowMs) => this.#step(control, { kind: "streak", sinceMs }, nowMs));
  }

  #step(control: RateControl, event: BreakerEvent, nowMs: number): RateControl {
    const { rampMs } = this.#parts.settings;
    return withBreaker(control, stepBreaker(control.breaker, event, nowMs), { rampMs, nowMs });
  }

  async #change(what: Change["what"], decide: Decide): Promise<boolean> {
    const changed = await this.#view.change(decide);
    if (changed === undefined) return false;
    announceChange(this.#parts.events, { what, limitClass: this.#view.name.limitClass, ...changed });
    this.#parts.onChange();
    return true;
  }

  /** Until it is stored, or the worker stops. */
  async #save(what: Change["what"], decide: Decide): Promise<void> {
    const { stop } = this.#parts;
    this.#unsaved++;
    for (let failures = 0; !stop.aborted; failures++) {
      try {
        await this.#change(what, decide);
        break;
      } catch (error) {
        this.#trouble.tell(what, error);
        await this.#trouble.wait(failures, stop);
      }
    }
    this.#unsaved--;
  }
}
