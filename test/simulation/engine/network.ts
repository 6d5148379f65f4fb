/** Calls between a process and the world outside it: they take time, some fail, some are applied and never answered. */
import { clientLimits } from "../../../services/adapters/aws/client-limits.ts";
import { limits } from "../../../services/contract/limits.ts";
import { StoreOutage } from "../../../services/core/store-outage.ts";
import type { Dice } from "./dice.ts";
import type { Options } from "./options.ts";
import type { SimProcess } from "./sim-process.ts";
import type { Trace } from "./trace.ts";
import type { VirtualTime } from "./virtual-time.ts";
import type { Fate, Weather } from "./weather.ts";

/** How long an adapter waits at most before it gives a call up, and how late a given-up write may still arrive. */
const GIVE_UP_MS = limits.storeCallMs;
const LATE_MS = 20_000;

/** Calls that the adapter does not repeat. */
const isSentOnce = (name: string): boolean => name.startsWith("limiter.") || name.startsWith("metrics.");

/** One call: its name (a number for the trace), whether it changes something, and what it does when it arrives. */
export type Call<T> = {
  readonly name: string;
  readonly isWrite: boolean;
  /** Time that the call may take by itself: a long poll. */
  readonly pollMs?: number | undefined;
  act(): Promise<T>;
};

type Ends<T> = { resolve(value: T): void; reject(error: unknown): void };

export class Network {
  readonly time: VirtualTime;
  readonly #dice: Dice;
  readonly #weather: Weather;
  readonly #trace: Trace;
  readonly #latencyMs: number;
  /** The process whose call arrives at the world right now: whoever watches the stores asks it. */
  caller: SimProcess | undefined;

  constructor(parts: { time: VirtualTime; dice: Dice; weather: Weather; trace: Trace; options: Options }) {
    this.time = parts.time;
    this.#dice = parts.dice;
    this.#weather = parts.weather;
    this.#trace = parts.trace;
    this.#latencyMs = parts.options.latencyMs;
  }

  /** Carries a call out for a process; the promise settles inside it. */
  call<T>(process: SimProcess, call: Call<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fate = this.#weather.fate(call.isWrite);
      this.#trace.note(
        process.number,
        call.name.length * 31 + call.name.charCodeAt(call.name.length - 1),
        () => `${process.name} ${call.name}${fate === "well" ? "" : ` [${fate}]`}`,
      );
      if (fate === "well") return this.#well(process, call, { resolve, reject });
      process.disturb();
      this.#badly(process, call, { fate, resolve, reject });
    });
  }

  /** Mean of the latency is drawn from the seed; one wait a call, on the way there or on the way back. */
  #wayMs(): number {
    return this.#dice.between(0, 2 * this.#latencyMs);
  }

  #well<T>(process: SimProcess, call: Call<T>, ends: Ends<T>): void {
    const wayMs = this.#wayMs();
    if (this.#dice.happens(0.5)) this.time.after(wayMs, () => this.#arrive(process, call, { ...ends, backMs: 0 }));
    else this.#arrive(process, call, { ...ends, backMs: wayMs });
  }

  #arrive<T>(process: SimProcess, call: Call<T>, ends: Ends<T> & { backMs: number }): void {
    const { backMs } = ends;
    const back = (run: () => void) => {
      if (backMs === 0) process.deliver(run);
      else this.time.after(backMs, () => process.deliver(run));
    };
    this.#apply(process, call).then(
      (value) => back(() => ends.resolve(value)),
      (error: unknown) => back(() => ends.reject(error)),
    );
  }

  #apply<T>(process: SimProcess, call: Call<T>): Promise<T> {
    this.caller = process;
    const done = call.act();
    this.caller = undefined;
    return done;
  }

  #badly<T>(process: SimProcess, call: Call<T>, ends: Ends<T> & { fate: Fate }): void {
    const { fate } = ends;
    const fail = (ms: number) =>
      this.time.after(ms, () => process.deliver(() => ends.reject(new StoreOutage(`${call.name}: ${fate}`))));
    const applyIn = (ms: number) => this.time.after(ms, () => void this.#apply(process, call).catch(() => undefined));
    if (fate === "store-slow") {
      const ms = this.#dice.between(100, GIVE_UP_MS);
      this.time.after(ms * this.#dice.fraction(), () => this.#arrive(process, call, { ...ends, backMs: ms / 2 }));
    } else if (fate === "store-answer-lost") {
      applyIn(this.#wayMs());
      fail(this.#dice.between(2 * this.#latencyMs, GIVE_UP_MS));
    } else if (fate === "store-write-late") {
      fail(GIVE_UP_MS);
      applyIn(this.#dice.between(0, LATE_MS));
    } else if (fate === "store-silent") {
      // Never answered: the adapter gives it up at its bound, one try after the other. Whether it was carried out nobody knows.
      const tries = Math.ceil(this.#dice.between(0, isSentOnce(call.name) ? 1 : clientLimits.attempts));
      if (call.isWrite && this.#dice.happens(0.5)) applyIn(this.#wayMs());
      fail(tries * (GIVE_UP_MS + (call.pollMs ?? 0)));
    } else fail(fate === "store-throttled" ? this.#wayMs() : this.#dice.between(0, GIVE_UP_MS));
  }
}
