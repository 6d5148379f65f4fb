/** Text of watched runs while it streams: one `LIVE` item a run, overwritten at most once a second. Unwatched runs write nothing. */
import type { RunId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { WorkerDeps } from "./deps.ts";
import type { Slots } from "./slots.ts";

/** Watched runs of one worker at a time; a further watcher polls turns instead. */
const WATCHED_MAX = 1_000;

export class LiveTexts {
  readonly #deps: WorkerDeps;
  readonly #slots: Slots;
  readonly #untilMs = new Map<RunId, number>();
  readonly #written = new Map<RunId, string>();

  constructor(deps: WorkerDeps, slots: Slots) {
    this.#deps = deps;
    this.#slots = slots;
  }

  watch(id: RunId, untilMs: number): void {
    if (this.#untilMs.size < WATCHED_MAX) this.#untilMs.set(id, untilMs);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#deps.clock.sleep(limits.liveEveryMs, signal);
      await Promise.all([...this.#untilMs].map(([id, untilMs]) => this.#write(id, untilMs)));
    }
  }

  async #write(id: RunId, untilMs: number): Promise<void> {
    const run = this.#slots.get(id);
    const atMs = this.#deps.clock.nowMs();
    if (run === undefined || atMs >= untilMs) {
      this.#untilMs.delete(id);
      this.#written.delete(id);
      return;
    }
    const { turn } = run.head;
    const text = run.liveText;
    if (text === "" || this.#written.get(id) === `${turn}:${text.length}`) return;
    this.#written.set(id, `${turn}:${text.length}`);
    try {
      await this.#deps.history.putLive({ runId: id, turn, epoch: run.lease.epoch, text, atMs });
    } catch (error) {
      this.#deps.events.emit("store.failed", { operation: "live text", message: String(error) });
    }
  }
}
