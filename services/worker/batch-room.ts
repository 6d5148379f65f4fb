/** Where turns that may wait are collected: for a short time, or until enough are there; then they are sent in one batch. */
import type { Digest } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { Clock } from "../ports/clock.ts";
import { OVER } from "../ports/clock.ts";
import type { ModelRequest } from "../ports/model.ts";
import type { ActiveRun } from "./active-run.ts";
import type { CallOutcome } from "./model-call.ts";

/**
 * A turn that waits to be sent; `leave` ends the wait with what the run is to do. Until `board` is called, the run may leave the
 * wait by itself when it is told to: who sends looks for that, and then calls it at once.
 */
export type Passenger = {
  readonly run: ActiveRun;
  readonly request: ModelRequest;
  /** What its tools gave, stored: whoever takes the answer must know what was sent. */
  readonly asked: Digest | undefined;
  leave(outcome: CallOutcome): void;
  board(): void;
};

type Settings = { readonly collectMs: number; readonly most: number };

export class BatchRoom {
  readonly #clock: Clock;
  readonly #settings: Settings;
  readonly #depart: (passengers: readonly Passenger[]) => Promise<void>;
  readonly #waiting = new Map<Passenger, number>();
  #timer = new AbortController();

  constructor(clock: Clock, settings: Settings, depart: (passengers: readonly Passenger[]) => Promise<void>) {
    this.#clock = clock;
    this.#settings = settings;
    this.#depart = depart;
  }

  /** Waits for the departure and its outcome. A run that is to leave before it has boarded is interrupted, with nothing sent. */
  board(run: ActiveRun, turn: Pick<Passenger, "request" | "asked">): Promise<CallOutcome> {
    const { promise, resolve } = Promise.withResolvers<CallOutcome>();
    const stop = () => {
      this.#waiting.delete(passenger);
      resolve({ kind: "interrupted", callInDoubt: false });
    };
    const aboard = () => run.waitSignal.removeEventListener("abort", stop);
    const leave = (outcome: CallOutcome) => {
      aboard();
      resolve(outcome);
    };
    const passenger = { run, ...turn, leave, board: aboard };
    const bytes = Buffer.byteLength(JSON.stringify(turn.request));
    if (this.#bytes + bytes > limits.batchBytesMax) this.#go();
    if (this.#waiting.size === 0) void this.#collect();
    this.#waiting.set(passenger, bytes);
    run.waitSignal.addEventListener("abort", stop, { once: true });
    if (run.waitSignal.aborted) stop();
    if (this.#waiting.size >= Math.min(this.#settings.most, limits.batchItemsMax)) this.#go();
    return promise;
  }

  get #bytes(): number {
    return [...this.#waiting.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  async #collect(): Promise<void> {
    this.#timer = new AbortController();
    const { signal } = this.#timer;
    await this.#clock.sleep(this.#settings.collectMs, signal);
    if (!signal.aborted) this.#go();
  }

  #go(): void {
    this.#timer.abort(OVER);
    const passengers = [...this.#waiting.keys()];
    this.#waiting.clear();
    if (passengers.length > 0) void this.#depart(passengers);
  }
}
