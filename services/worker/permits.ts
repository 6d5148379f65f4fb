/** Permits of this worker's model calls, of whatever class: each call takes one before it starts and settles it at its end. */
import type { Lane } from "../contract/ids.ts";
import { usefulSlots } from "../core/feedable.ts";
import { type RateSettings, settingsOf } from "../core/rate-control.ts";
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
  /** By class, then by platform: each platform has limits and breakers of its own. */
  readonly #classes = new Map<string, Map<string, RateGate>>();
  readonly #stop = new AbortController();
  readonly #onChange: () => void;

  /** `onChange` hears that `slotsToUse` may give another number. */
  constructor(deps: WorkerDeps, settings: RateSettings, onChange: () => void) {
    this.#deps = deps;
    this.#settings = settings;
    this.#onChange = onChange;
  }

  /**
   * A permit when the fleet's rate allows the call; `held` when nothing will start for long; `stopped` once `signal` aborts.
   * While the breaker of the platform is open, the permit is one of the platform to fail over to, where there is one.
   */
  async take({ run, lane, limitClass, estimate, signal }: PermitAsk): Promise<Taken> {
    const ask = { lane, tokens: { input: estimate.inputTokens, output: estimate.outputTokens }, signal };
    const { platform, failover } = this.#settings;
    const first = await this.#gate(limitClass, platform).take(run, ask);
    if (first.kind !== "held" || first.by !== "breaker" || failover === undefined) return first;
    const second = await this.#gate(limitClass, failover).take(run, ask);
    return second.kind === "held" && first.waitMs < second.waitMs ? first : second;
  }

  /** How many of `slots` are of use: more runs than the rate can feed would only wait, and while all is blocked none runs. */
  slotsToUse(slots: number): number {
    if (this.#classes.size === 0) return slots;
    let useful = 0;
    for (const limitClass of this.#classes.keys()) {
      const gate = this.#open(limitClass);
      if (gate !== undefined) useful += usefulSlots(slots, gate.feed);
    }
    return Math.min(slots, useful);
  }

  /** Ends every wait and writes what is owed. Resolves when it is written, or could not be. */
  async close(): Promise<void> {
    this.#stop.abort(OVER);
    const gates = [...this.#classes.values()].flatMap((byPlatform) => [...byPlatform.values()]);
    await Promise.all(gates.map((gate) => gate.settleAll()));
  }

  /** The gate through which calls of a class go now; undefined while all are blocked. */
  #open(limitClass: string): RateGate | undefined {
    const { platform, failover } = this.#settings;
    const first = this.#gate(limitClass, platform);
    if (!first.blocked || failover === undefined) return first.blocked ? undefined : first;
    const second = this.#gate(limitClass, failover);
    return second.blocked ? undefined : second;
  }

  #gate(limitClass: string, platform: string): RateGate {
    const byPlatform = this.#classes.get(limitClass) ?? new Map<string, RateGate>();
    this.#classes.set(limitClass, byPlatform);
    const known = byPlatform.get(platform);
    if (known !== undefined) return known;
    const { limiter: store, clock, chance, events } = this.#deps;
    const settings = settingsOf(this.#settings, platform);
    const parts = { store, clock, chance, events, settings, stop: this.#stop.signal };
    const made = new RateGate({ ...parts, onChange: this.#onChange }, limitClass);
    byPlatform.set(platform, made);
    return made;
  }
}
