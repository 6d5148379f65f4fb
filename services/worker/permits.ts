/** Permits of this worker's model calls, of whatever class: each call takes one before it starts and settles it at its end. */
import type { Lane } from "../contract/ids.ts";
import { usefulSlots } from "../core/feedable.ts";
import type { RateSettings } from "../core/rate-control.ts";
import { OVER } from "../ports/clock.ts";
import type { WorkerDeps } from "./deps.ts";
import type { Taken } from "./gate-parts.ts";
import { RateGate } from "./rate-gate.ts";

/** What a call asks for. `outputTokens` is the most that it may use; `run` is the same object at every turn of a run. */
export type PermitAsk = {
  readonly run: object;
  readonly lane: Lane;
  /** The model's (`limitClassOf`), or one of `otherClasses`. */
  readonly limitClass: string;
  readonly estimate: { readonly inputTokens: number; readonly outputTokens: number };
  readonly signal: AbortSignal;
};

export class Permits {
  readonly #deps: WorkerDeps;
  readonly #settings: RateSettings;
  readonly #gates = new Map<string, RateGate>();
  readonly #stop = new AbortController();
  readonly #onChange: () => void;

  /** `onChange` hears that `slotsToUse` may give another number. */
  constructor(deps: WorkerDeps, settings: RateSettings, onChange: () => void) {
    this.#deps = deps;
    this.#settings = settings;
    this.#onChange = onChange;
  }

  /** A permit when the fleet's rate allows the call; `held` when nothing will start for long; `stopped` once `signal` aborts. */
  take({ run, lane, limitClass, estimate, signal }: PermitAsk): Promise<Taken> {
    const tokens = { input: estimate.inputTokens, output: estimate.outputTokens };
    return this.#gate(limitClass).take(run, { lane, tokens, signal });
  }

  /** How many of `slots` are of use: more runs than the rate can feed would only wait, and while all is blocked none runs. */
  slotsToUse(slots: number): number {
    let useful = 0;
    for (const gate of this.#gates.values()) {
      if (!gate.blocked) useful += usefulSlots(slots, gate.feed);
    }
    return this.#gates.size === 0 ? slots : Math.min(slots, useful);
  }

  /** Ends every wait and writes what is owed. Resolves when it is written, or could not be. */
  async close(): Promise<void> {
    this.#stop.abort(OVER);
    await Promise.all([...this.#gates.values()].map((gate) => gate.settleAll()));
  }

  #gate(limitClass: string): RateGate {
    const known = this.#gates.get(limitClass);
    if (known !== undefined) return known;
    const { limiter: store, clock, chance, events } = this.#deps;
    const parts = { store, clock, chance, events, settings: this.#settings, stop: this.#stop.signal };
    const made = new RateGate({ ...parts, onChange: this.#onChange }, limitClass);
    this.#gates.set(limitClass, made);
    return made;
  }
}
