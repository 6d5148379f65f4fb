/** The part of the controller that only one may do: it leads by lease, and scales while it leads. */
import { limits } from "../contract/limits.ts";
import { Leader, type LeaderParts } from "./leader.ts";
import { Loop } from "./loop.ts";
import type { World } from "./world.ts";

/** A world in which controllers agree on a leader. */
export type LedWorld = World & LeaderParts;

export class Leadership {
  readonly #leader: Leader;
  readonly #lead: Loop;
  readonly #scale: Loop | undefined;
  #hasDecided = false;

  constructor(world: LedWorld) {
    const { clock, events, scale } = world;
    this.#leader = new Leader(world);
    this.#lead = new Loop({
      ...{ operation: "controller.lease", everyMs: limits.leaseEveryMs, clock, events },
      pass: async () => {
        const led = this.#leader.term !== undefined;
        const leads = await this.#leader.pass();
        // Where another leads there is nothing to decide.
        if (!leads) this.#hasDecided = true;
        else if (!led) this.#scale?.kick();
      },
    });
    if (scale === undefined) return;
    this.#scale = new Loop({
      ...{ operation: "controller.scale", everyMs: limits.decideEveryMs, clock, events },
      pass: async () => {
        const { term } = this.#leader;
        if (term === undefined) return;
        const scaled = await scale(term);
        this.#hasDecided = true;
        // Who cannot decide has no heartbeat: CloudWatch's own steps stand in for him, and idle machines end themselves.
        if (scaled !== "decided") return;
        this.#leader.noteDecision();
        events.emit("controller.decided", { epoch: term.epoch });
      },
    });
  }

  /** Whether capacity was looked at since it runs, by us or by whoever leads. */
  get hasDecided(): boolean {
    return this.#scale === undefined ? this.#lead.hasPassed : this.#hasDecided;
  }

  /** Decides now, if we lead, but no sooner than `kickLeastMs` after the last decision. */
  kick(): void {
    this.#scale?.kick(limits.kickLeastMs);
  }

  /** Leads and scales until `signal` aborts, then gives the lease up. */
  async run(signal: AbortSignal): Promise<void> {
    this.#hasDecided = false;
    await Promise.all([this.#lead.run(signal), this.#scale?.run(signal)]);
    // What the store does not take is found out by silence.
    await this.#leader.release().catch(() => undefined);
  }
}
