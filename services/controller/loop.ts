import type { Clock } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import { messageOf } from "./message-of.ts";

/** What a loop needs: its name in events, its period, and one pass of its work. */
export type LoopOptions = {
  readonly operation: string;
  readonly everyMs: number;
  readonly clock: Clock;
  readonly events: EventSink;
  pass(): Promise<unknown>;
  /** Asked after each pass: the next one comes no later than so many milliseconds after it. */
  soonMs?(): number;
};

/**
 * Runs a pass at once and then every `everyMs` after its start, without drift: a pass that took longer skips the beats that
 * it missed. A failing pass is an event and the next one comes all the same. Passes never overlap.
 */
export class Loop {
  readonly #options: LoopOptions;
  #wake = new AbortController();
  #kicked = false;
  #passes = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  /** Whether a pass was made since it was last told to run, and however it went. */
  get hasPassed(): boolean {
    return this.#passes > 0;
  }

  /** Makes the next pass start now, or right after the present one. */
  kick(): void {
    this.#kicked = true;
    this.#wake.abort();
  }

  /** Ends after the pass in flight once `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, soonMs = () => everyMs } = this.#options;
    const startMs = clock.monotonicMs();
    this.#passes = 0;
    while (!signal.aborted) {
      this.#kicked = false;
      this.#wake = new AbortController();
      await this.#pass();
      this.#passes++;
      const beats = Math.floor((clock.monotonicMs() - startMs) / everyMs) + 1;
      const waitMs = startMs + beats * everyMs - clock.monotonicMs();
      const nextMs = Math.min(waitMs, soonMs());
      if (!this.#kicked && !signal.aborted) await clock.sleep(nextMs, AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  async #pass(): Promise<void> {
    const { operation, events, pass } = this.#options;
    try {
      await pass();
    } catch (error) {
      events.emit("store.failed", { operation, message: messageOf(error) });
    }
  }
}
