/** What notices ask of a worker, and the time that they leave it. */
import { type Asked, heed, nothingAsked, planDrain, type StopNotice } from "../core/drain.ts";
import { type Clock, OVER } from "../ports/clock.ts";

/** All notices that a worker has had so far. */
export class Notices {
  readonly #clock: Clock;
  #asked: Asked = nothingAsked;
  /** Raised when a notice changes the plan of a drain under way. */
  #replan = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes in a notice; gives whether it says anything new. */
  heed(notice: StopNotice): boolean {
    const before = this.#asked;
    this.#asked = heed(before, notice);
    if (this.#asked === before) return false;
    this.#replan.abort(OVER);
    return true;
  }

  /** Calls `abort` when the time of what is in flight is over; resolves when everything must be released, or once `done`. */
  async untilDeadline(done: AbortSignal, abort: () => void): Promise<void> {
    while (!done.aborted && this.#asked.kind === "release") {
      this.#replan = new AbortController();
      const changed = AbortSignal.any([done, this.#replan.signal]);
      const plan = planDrain(this.#asked, this.#clock.nowMs());
      await this.#clock.sleep(plan.abortAtMs - this.#clock.nowMs(), changed);
      if (changed.aborted) continue;
      abort();
      await this.#clock.sleep(plan.releaseByMs - this.#clock.nowMs(), changed);
      if (!changed.aborted) return;
    }
  }
}
