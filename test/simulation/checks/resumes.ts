/** Promise 3, second half: a released run resumes elsewhere within seconds when a slot is free. */
import { isWorkerHolder, keys } from "../../../services/contract/tables.ts";
import type { RunFile } from "../world/run-file.ts";
import type { Check, Report } from "./observer.ts";

/** The promise. */
const RESUMES_MS = 5_000;
/** Harm before a release still has its effects: hidden messages, polls of the dead, views that are old. */
const QUIET_MS = 60_000;

/** Watches released runs; fed by `look` twice a second. */
export class Resumes {
  /** Runs that wait after a release in good order, since when. */
  readonly #waiting = new Map<RunFile, number>();
  readonly #nowMs: () => number;
  readonly #quietMs: () => number;
  /** Releases that were watched until somebody resumed them. */
  seen = 0;
  #report: Report = () => undefined;

  constructor(parts: { nowMs(): number; quietMs(): number }) {
    this.#nowMs = parts.nowMs;
    this.#quietMs = parts.quietMs;
  }

  readonly check: Check = (report) => {
    this.#report = report;
    return {
      head: ({ file, before, after, by }) => {
        if (this.#waiting.has(file)) {
          this.#waiting.delete(file);
          if (after.state === "RUNNING") this.seen++;
        }
        const released =
          before?.state === "RUNNING" &&
          after.state === "QUEUED" &&
          after.holder === keys.queueHolder(after.lane, after.runId) &&
          by?.name === before.holder &&
          isWorkerHolder(by?.name ?? "");
        if (released && this.#quietMs() >= QUIET_MS) this.#waiting.set(file, this.#nowMs());
      },
    };
  };

  /** Once harm is done or no slot is free, those who wait have no promise any more. */
  look(slotIsFree: boolean): void {
    if (this.#waiting.size === 0) return;
    if (!slotIsFree || this.#quietMs() < QUIET_MS) this.#waiting.clear();
    for (const [file, sinceMs] of this.#waiting) {
      const waitedMs = this.#nowMs() - sinceMs;
      if (waitedMs > RESUMES_MS)
        this.#report("releasedResume", file, `waits ${Math.round(waitedMs)} ms beside a free slot`);
    }
  }
}
