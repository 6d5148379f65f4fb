/** Promise of a cancel: who was told that a run is cancelled, or asked to stop, sees it ended within ten seconds. */
import { limits } from "../../../services/contract/limits.ts";
import { isEnded } from "../../../services/core/lifecycle.ts";
import type { RunFile } from "../world/run-file.ts";
import type { Check, Report } from "./observer.ts";

/** Harm before has its effects still: dead workers that nobody buried yet, calls that hang. */
const QUIET_MS = 60_000;
/** The way of an end into the store, and a look at every half second. */
const LATE_MS = 1_000;
/** What the clocks of the API and of the watch may be apart by, which compare the same moment. */
const SKEW_MS = 10_000;

/** Watches cancelled runs; fed by `look` twice a second. */
export class Cancels {
  /** Open runs whose callers were told, since when. */
  readonly #waiting = new Map<RunFile, number>();
  readonly #redrivenAtMs = new Map<RunFile, number>();
  readonly #nowMs: () => number;
  readonly #quietMs: () => number;
  readonly #withinMs: number;
  /** Running runs that were cancelled and ended. */
  seen = 0;
  #report: Report = () => undefined;

  constructor(parts: { readonly skewed: boolean; nowMs(): number; quietMs(): number }) {
    this.#nowMs = parts.nowMs;
    this.#quietMs = parts.quietMs;
    this.#withinMs = limits.cancelWithinMs + LATE_MS + (parts.skewed ? SKEW_MS : 0);
  }

  readonly check: Check = (report) => {
    this.#report = report;
    return {
      head: ({ file, before, after }) => {
        if (isEnded(after.state) && this.#waiting.delete(file)) this.seen++;
        if (before !== undefined && isEnded(before.state) && !isEnded(after.state))
          this.#redrivenAtMs.set(file, this.#nowMs());
      },
      cancelTold: (file, askedAtMs) => {
        const isAnotherLife = (this.#redrivenAtMs.get(file) ?? Number.NEGATIVE_INFINITY) >= askedAtMs;
        const isOpen = file.head !== undefined && !isEnded(file.head.state);
        if (isOpen && !isAnotherLife && !this.#waiting.has(file)) this.#waiting.set(file, this.#nowMs());
      },
    };
  };

  /** While there is harm runs may take longer; what is open still once the world is quiet again is too late. */
  look(): void {
    if (this.#waiting.size === 0 || this.#quietMs() < QUIET_MS) return;
    for (const [file, sinceMs] of this.#waiting) {
      const waitedMs = this.#nowMs() - sinceMs;
      if (waitedMs > this.#withinMs)
        this.#report("cancelIsHonoured", file, `goes on ${Math.round(waitedMs)} ms after its caller was told`);
    }
  }
}
