/** Hands an answer over at its pace, and breaks it where a fault says so. */
import type { ServerResponse } from "node:http";
import type { StubClock } from "./clock.ts";
import type { Pace } from "./latency.ts";
import type { Outcome } from "./outcome.ts";
import { type Due, EARLY_MS, type Timers } from "./timers.ts";

/** Longest that a stalled answer is held open, in milliseconds. */
export const STALL_LIMIT_MS = 900_000;

/** How an answer breaks, and before which frame. */
export interface Break {
  readonly kind: "cut" | "stall" | "overloaded-event" | "lose-reply";
  readonly beforeFrame: number;
}

/** One answer on its way. */
export interface Delivery {
  readonly res: ServerResponse;
  readonly headers: Readonly<Record<string, string>>;
  /** Epoch millisecond of the request's arrival; the pace counts from here. */
  readonly arrivedAt: number;
  readonly pace: Pace;
  readonly frames: Iterator<string>;
  readonly frameCount: number;
  readonly broken: Break | undefined;
  /** The `event: error` frame of an overloaded stream. */
  readonly errorFrame: string;
  readonly onFirstByte: () => void;
  /** Called once. `share` is the part of the answer that was generated, 0 to 1. */
  readonly onEnd: (outcome: Outcome, share: number) => void;
}

/** Starts a delivery; returns at once. */
export function deliver(delivery: Delivery, clock: StubClock, timers: Timers): void {
  new Stream(delivery, clock, timers).start();
}

class Stream {
  readonly #delivery: Delivery;
  readonly #clock: StubClock;
  readonly #timers: Timers;
  #next = 0;
  #begun = false;
  #ended = false;
  #due: Due | undefined;

  constructor(delivery: Delivery, clock: StubClock, timers: Timers) {
    this.#delivery = delivery;
    this.#clock = clock;
    this.#timers = timers;
  }

  start(): void {
    this.#delivery.res.on("close", () => {
      if (this.#due !== undefined) this.#due.fire = () => {};
      this.#end("aborted");
    });
    this.#pump();
  }

  /** Epoch millisecond at which a frame is due: the first at the time to first token, the last at the total. */
  #dueAt(frame: number): number {
    const { arrivedAt, pace, frameCount } = this.#delivery;
    const share = frameCount === 1 ? 1 : frame / (frameCount - 1);
    return arrivedAt + pace.ttftMs + (pace.totalMs - pace.ttftMs) * share;
  }

  #pump(): void {
    const { res, frames, frameCount, broken } = this.#delivery;
    if (this.#ended || res.destroyed) {
      this.#end("aborted");
      return;
    }
    const now = this.#clock.now() + EARLY_MS;
    let text = "";
    while (this.#next < frameCount && this.#dueAt(this.#next) <= now) {
      if (broken !== undefined && this.#next >= broken.beforeFrame) {
        this.#break(broken, text);
        return;
      }
      const frame = frames.next();
      if (frame.done === true) break;
      text += frame.value;
      this.#next++;
    }
    if (text !== "") this.#begin();
    if (this.#next >= frameCount) {
      this.#end("completed");
      res.end(text);
      return;
    }
    if (text !== "") res.write(text);
    this.#due = this.#timers.at(this.#dueAt(this.#next), () => this.#pump());
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#delivery.res.writeHead(200, this.#delivery.headers);
    this.#delivery.onFirstByte();
  }

  #break(broken: Break, text: string): void {
    const { res, errorFrame } = this.#delivery;
    if (text !== "") this.#begin();
    this.#end(broken.kind === "lose-reply" ? "completed" : "broken");
    if (broken.kind === "overloaded-event") {
      this.#begin();
      res.end(text + errorFrame);
      return;
    }
    if (text !== "") res.write(text);
    if (broken.kind === "stall") {
      this.#due = this.#timers.at(this.#clock.now() + STALL_LIMIT_MS, () => res.destroy());
      return;
    }
    // An empty write's callback comes after everything before it has left; without headers there is nothing to wait for.
    if (this.#begun) res.write("\n", () => res.destroy());
    else res.destroy();
  }

  #end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    const { frameCount, onEnd } = this.#delivery;
    onEnd(outcome, outcome === "completed" ? 1 : Math.max(0, this.#next - 1) / Math.max(1, frameCount - 1));
  }
}
