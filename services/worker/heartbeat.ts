/** The worker's heartbeat: one item every `heartbeatMs`; its answer brings the drain flag and the inbox. */
import type { InboxEntry, WorkerBeat } from "../contract/fleet.ts";
import { limits } from "../contract/limits.ts";
import { momentOf } from "../core/moment.ts";
import type { WorkerDeps } from "./deps.ts";
import type { Freshness } from "./freshness.ts";
import type { OwnTime } from "./own-time.ts";

type HeartbeatDeps = Pick<WorkerDeps, "clock" | "fleet" | "events"> & { readonly own: OwnTime };

export type HeartbeatHooks = {
  /** What the worker says of itself now, in the beat of this number. */
  describe(counter: number): Omit<WorkerBeat, "counter" | "beatAtMs">;
  /** The store has the beat of this number. */
  onAcknowledged(counter: number): void;
  /** Gives whether the entry is done with; the next beat takes it out of the inbox, any other is brought again. */
  onInbox(entry: InboxEntry): boolean;
  /** Asked to drain; the deadline is absent where none is known. */
  onDrain(deadlineAtMs: number | undefined): void;
  onBuried(): void;
};

/** Beats until the signal aborts. Nothing is claimed before the first beat is acknowledged (`may-begin.ts`). */
export class Heartbeat {
  readonly #deps: HeartbeatDeps;
  readonly #freshness: Freshness;
  readonly #hooks: HeartbeatHooks;
  #counter = 0;
  #handled: InboxEntry[] = [];
  #running: Promise<boolean> | undefined;
  #next: Promise<boolean> | undefined;

  constructor(deps: HeartbeatDeps, freshness: Freshness, hooks: HeartbeatHooks) {
    this.#deps = deps;
    this.#freshness = freshness;
    this.#hooks = hooks;
  }

  async run(signal: AbortSignal): Promise<void> {
    void this.#deps.own.run(signal);
    while (!signal.aborted) {
      const startedMs = this.#deps.clock.monotonicMs();
      await this.beat();
      const took = this.#deps.clock.monotonicMs() - startedMs;
      await this.#deps.clock.sleep(Math.max(0, limits.heartbeatMs - took), signal);
    }
  }

  /** One beat that begins now, or after the one under way; gives whether it was acknowledged. A failed one is told. */
  beat(): Promise<boolean> {
    const before = this.#running;
    if (before === undefined) return this.#begin();
    this.#next ??= before.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  #begin(): Promise<boolean> {
    const running = this.#once().finally(() => {
      this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #once(): Promise<boolean> {
    const { clock, own, fleet, events } = this.#deps;
    const sentAt = momentOf(clock);
    const handled = this.#handled;
    const counter = this.#counter++;
    const beat = { ...this.#hooks.describe(counter), counter, beatAtMs: own.nowMs() };
    try {
      const outcome = await fleet.beat(beat, handled);
      if (outcome.kind === "buried") this.#hooks.onBuried();
      if (outcome.kind !== "alive") return false;
      this.#hooks.onAcknowledged(counter);
      this.#freshness.acknowledged(sentAt);
      this.#handled = outcome.inbox.filter((entry) => this.#hooks.onInbox(entry));
      if (outcome.drain) this.#hooks.onDrain(outcome.drainByMs);
      return true;
    } catch (error) {
      events.emit("store.failed", { operation: "heartbeat", message: String(error) });
      if (!this.#freshness.fresh) {
        events.emit("worker.stale", { workerId: beat.workerId, silentMs: this.#freshness.silentMs });
      }
      return false;
    }
  }
}
