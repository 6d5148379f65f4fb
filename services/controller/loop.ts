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
  /** Kicked: how long after the start of the last pass the next one begins at the soonest. */
  #kickedMs: number | undefined;
  #passes = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  /** Whether a pass was made since it was last told to run, and however it went. */
  get hasPassed(): boolean {
    return this.#passes > 0;
  }

  /** Makes the next pass start now, or right after the present one, but no sooner than `leastMs` after the start of the last one. */
  kick(leastMs = 0): void {
    this.#kickedMs = Math.min(leastMs, this.#kickedMs ?? leastMs);
    this.#wake.abort();
  }

  /** Ends after the pass in flight once `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs, soonMs = () => everyMs } = this.#options;
    const startMs = clock.monotonicMs();
    this.#passes = 0;
    while (!signal.aborted) {
      this.#kickedMs = undefined;
      this.#wake = new AbortController();
      const passMs = clock.monotonicMs();
      await this.#pass();
      this.#passes++;
      const beats = Math.floor((clock.monotonicMs() - startMs) / everyMs) + 1;
      const waitMs = startMs + beats * everyMs - clock.monotonicMs();
      const nextMs = Math.min(waitMs, soonMs());
      const wake = AbortSignal.any([signal, this.#wake.signal]);
      if (this.#soonestMs(passMs) === undefined && !signal.aborted) await clock.sleep(nextMs, wake);
      await this.#rest(passMs, signal);
    }
  }

  /** Until the pass that was asked for may begin; a kick that wants it sooner shortens the rest. */
  async #rest(passMs: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const restMs = (): number => (this.#soonestMs(passMs) ?? 0) - clock.monotonicMs();
    while (restMs() > 0 && !signal.aborted) {
      this.#wake = new AbortController();
      await clock.sleep(restMs(), AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  /** When the next pass may begin that was asked for; undefined: nobody asked. */
  #soonestMs(passMs: number): number | undefined {
    return this.#kickedMs === undefined ? undefined : passMs + Math.min(this.#kickedMs, this.#options.everyMs);
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
