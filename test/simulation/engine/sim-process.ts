/**
 * A simulated operating-system process. Everything that reaches its code from outside (answers, sleeps, notices) goes through
 * `deliver`: a paused process gets it when it goes on, a crashed one never, so no code of it runs again.
 */
import type { Clock } from "../../../services/ports/clock.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How a process's clock is wrong: offset of its wall clock, and speed against true time. */
export type Skew = { readonly offsetMs: number; readonly speed: number };

export type ProcessKind = "api" | "worker" | "controller" | "machine";

/** A moment as the clocks of a process see it: its monotonic time, how long its machine had slept, what its wall clock was set by. */
export type SimMoment = { readonly monotonicMs: number; readonly sleptMs: number; readonly setMs: number };

/** When the simulated world began, since 1970. */
export const EPOCH_MS = 1_800_000_000_000;

/** No timer of Node is shorter, and code that waits for no time must see time pass. */
const SHORTEST_MS = 1;

export class SimProcess {
  readonly kind: ProcessKind;
  readonly name: string;
  readonly number: number;
  readonly clock: Clock;
  readonly #time: VirtualTime;
  readonly #speed: number;
  #state: "up" | "paused" | "down" = "up";
  #held: (() => void)[] = [];
  /** What its wall clock was set by, and for how long its machine slept: then its monotonic clock stood still. */
  #setMs = 0;
  #sleptMs = 0;
  #asleepSinceMs: number | undefined;
  /** Calls of this process that a fault touched, and pauses: since a notice (with set clocks), and in its life. */
  disturbedSinceNotice = 0;
  disturbed = 0;
  /** The earliest deadline that it was told of (by its own clock); infinite while it knows of none. */
  stopByMs = Number.POSITIVE_INFINITY;
  /** Claims that it has sent and that were not answered. */
  claiming = 0;

  constructor(time: VirtualTime, who: { kind: ProcessKind; name: string; number: number }, skew: Skew) {
    this.kind = who.kind;
    this.name = who.name;
    this.number = who.number;
    this.#time = time;
    this.#speed = skew.speed;
    this.clock = this.#makeClock(skew);
  }

  get isUp(): boolean {
    return this.#state === "up";
  }

  get isDown(): boolean {
    return this.#state === "down";
  }

  /** Its wall clock is off by what it was set by: deadlines and waits of others are not what they seem to it. */
  get isClockSet(): boolean {
    return this.#setMs !== 0;
  }

  moment(): SimMoment {
    return { monotonicMs: this.clock.monotonicMs(), sleptMs: this.#sleptMs * this.#speed, setMs: this.#setMs };
  }

  /** How long ago a moment was as far as its clocks can tell: sleep that its wall clock was set back by since is seen by none. */
  sinceMs(then: SimMoment): number {
    const now = this.moment();
    const hiddenMs = Math.max(0, then.setMs - now.setMs);
    return now.monotonicMs - then.monotonicMs + Math.max(0, now.sleptMs - then.sleptMs - hiddenMs);
  }

  /** Runs code of this process now, when it goes on, or never. */
  deliver(run: () => void): void {
    if (this.#state === "up") run();
    else if (this.#state === "paused") this.#held.push(run);
  }

  disturb(): void {
    this.disturbed++;
    this.disturbedSinceNotice++;
  }

  /** The process is gone, or ended by itself. */
  end(): void {
    this.#state = "down";
    this.#held = [];
  }

  pause(): void {
    if (this.#state !== "up") return;
    this.#state = "paused";
    this.disturb();
  }

  /** The machine sleeps: a pause that the monotonic clock does not see. */
  fallAsleep(): void {
    if (this.#state === "up") this.#asleepSinceMs = this.#time.nowMs;
    this.pause();
  }

  /** Sets the wall clock: by so much it is off from now on. The monotonic one goes on. Only a notice under way has to do with it: its deadline. */
  setClock(offMs: number): void {
    this.#setMs = offMs;
    this.disturbedSinceNotice++;
  }

  /** What came meanwhile arrives in its order, each by itself. */
  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "up";
    if (this.#asleepSinceMs !== undefined) this.#sleptMs += this.#time.nowMs - this.#asleepSinceMs;
    this.#asleepSinceMs = undefined;
    const held = this.#held;
    this.#held = [];
    for (const run of held) this.#time.after(0, () => this.deliver(run));
  }

  #makeClock({ offsetMs, speed }: Skew): Clock {
    const time = this.#time;
    const monotonicMs = () => (time.nowMs - this.#sleptMs) * speed;
    return {
      nowMs: () => Math.floor(EPOCH_MS + offsetMs + this.#setMs + time.nowMs * speed),
      monotonicMs,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted === true) return resolve();
          const stop = () => {
            time.callOff(timer);
            resolve();
          };
          const untilMs = monotonicMs() + ms;
          let sleptMs = this.#sleptMs;
          const wake = () => {
            // Timers go by the monotonic clock, and it may have stood still.
            if (this.#sleptMs !== sleptMs && monotonicMs() < untilMs) {
              sleptMs = this.#sleptMs;
              timer = ring((untilMs - monotonicMs()) / speed);
              return;
            }
            signal?.removeEventListener("abort", stop);
            resolve();
          };
          const ring = (afterMs: number) => time.after(Math.max(SHORTEST_MS, afterMs), () => this.deliver(wake));
          let timer = ring(ms / speed);
          signal?.addEventListener("abort", stop, { once: true });
        }),
    };
  }
}
