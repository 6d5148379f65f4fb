/** The worker's heartbeat: one item every `heartbeatMs`; its answer brings the drain flag and the inbox. */
import type { InboxEntry, WorkerBeat } from "../contract/fleet.ts";
import { limits } from "../contract/limits.ts";
import type { WorkerDeps } from "./deps.ts";
import type { Freshness } from "./freshness.ts";

export type HeartbeatHooks = {
  /** What the worker says of itself now; the counter is added here. */
  describe(): Omit<WorkerBeat, "counter">;
  /** Gives whether the entry is done with; the next beat takes it out of the inbox, any other is brought again. */
  onInbox(entry: InboxEntry): boolean;
  /** Asked to drain; the deadline is absent where none is known. */
  onDrain(deadlineAtMs: number | undefined): void;
  onBuried(): void;
};

/** Beats until the signal aborts. The first beat is awaited by `first`: nothing is claimed before it. */
export class Heartbeat {
  readonly #deps: WorkerDeps;
  readonly #freshness: Freshness;
  readonly #hooks: HeartbeatHooks;
  #counter = 0;
  #handled: InboxEntry[] = [];

  constructor(deps: WorkerDeps, freshness: Freshness, hooks: HeartbeatHooks) {
    this.#deps = deps;
    this.#freshness = freshness;
    this.#hooks = hooks;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedMs = this.#deps.clock.monotonicMs();
      await this.beat();
      const took = this.#deps.clock.monotonicMs() - startedMs;
      await this.#deps.clock.sleep(Math.max(0, limits.heartbeatMs - took), signal);
    }
  }

  /** One beat; a failed one is told and the next tries again. */
  async beat(): Promise<void> {
    const { clock, fleet, events } = this.#deps;
    const sentMs = clock.monotonicMs();
    const handled = this.#handled;
    const beat = { ...this.#hooks.describe(), counter: this.#counter++ };
    try {
      const outcome = await fleet.beat(beat, handled);
      if (outcome.kind === "buried") return this.#hooks.onBuried();
      this.#freshness.acknowledged(sentMs);
      this.#handled = outcome.inbox.filter((entry) => this.#hooks.onInbox(entry));
      if (outcome.drain) this.#hooks.onDrain(outcome.drainByMs);
    } catch (error) {
      events.emit("store.failed", { operation: "heartbeat", message: String(error) });
      if (!this.#freshness.fresh) {
        events.emit("worker.stale", { workerId: beat.workerId, silentMs: this.#freshness.silentMs });
      }
    }
  }
}
