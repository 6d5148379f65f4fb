/**
 * Keeps the worker processes of one machine running. One that ends badly is reported, so that its runs go on elsewhere at
 * once, and started again with growing waits; one that was drained is started again after a rest, unless all were: then the
 * machine is going.
 *
 * KEEPING -> STOPPING (told to stop: every process drains) -> STOPPED; KEEPING -> STOPPED when all were drained.
 */
import type { WorkerId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { backoffMs } from "../../core/retry.ts";
import type { Chance, Clock } from "../../ports/clock.ts";

/** A started worker process. `ended` resolves once; `workerId` is undefined until the process has told it. */
export type WorkerProcess = {
  readonly workerId: WorkerId | undefined;
  /** What it told last: how long it has had no run, and whether it takes none; undefined until it has. */
  readonly told: { readonly idleMs: number; readonly held: boolean } | undefined;
  readonly ended: Promise<{ readonly clean: boolean }>;
  /** Tells it to take no new run until told otherwise. */
  hold(held: boolean): void;
  stop(): void;
};

/** How processes are started, and who hears of their ends. */
export type KeepOptions = {
  readonly processes: number;
  readonly clock: Clock;
  readonly chance: Chance;
  start(): WorkerProcess;
  /** A worker ended without having released everything. Throws when it could not be told: then silence tells it. */
  report(workerId: WorkerId): Promise<void>;
};

const BACKOFF = { baseMs: limits.restartBaseMs, maxMs: limits.restartMaxMs };

export class KeepWorkers {
  readonly #options: KeepOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Set<WorkerProcess>();
  readonly #places: Promise<void>[];
  /** Places whose worker was drained and that rest. */
  #drained = 0;
  #held = false;
  #clean = true;

  constructor(options: KeepOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.processes }, () => this.#keepPlace());
  }

  /** Resolves when no process is left; false when one ended badly while it was told to stop. */
  async whenStopped(): Promise<boolean> {
    await Promise.all(this.#places);
    return this.#clean;
  }

  /** How long the least idle of the workers has had no run; undefined while one has not told, or a place is empty. */
  idleMs(): number | undefined {
    return this.#leastIdle(() => true);
  }

  /** The same, as all of them told since they take no new run: it stays true. Undefined until all have. */
  heldIdleMs(): number | undefined {
    return this.#leastIdle(({ held }) => held);
  }

  /** Tells every worker to take no new run until told otherwise; one that starts meanwhile too. */
  hold(held: boolean): void {
    this.#held = held;
    for (const worker of this.#running) worker.hold(held);
  }

  /** Drains every process. Told twice, it passes it on twice: a worker knows what a second signal means. */
  stop(): void {
    this.#stopping.abort();
    for (const worker of this.#running) worker.stop();
  }

  #leastIdle(counts: (told: NonNullable<WorkerProcess["told"]>) => boolean): number | undefined {
    const idle = [...this.#running].flatMap(({ told }) => (told !== undefined && counts(told) ? [told.idleMs] : []));
    return idle.length < this.#options.processes ? undefined : Math.min(...idle);
  }

  async #keepPlace(): Promise<void> {
    const { clock, chance } = this.#options;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted; ) {
      const sinceMs = clock.monotonicMs();
      const clean = await this.#runOne();
      if (signal.aborted) {
        this.#clean &&= clean;
        return;
      }
      if (clean) {
        if (!(await this.#rest())) return;
        failures = 0;
        continue;
      }
      failures = clock.monotonicMs() - sinceMs >= limits.settledMs ? 0 : failures + 1;
      await clock.sleep(backoffMs(failures, BACKOFF, chance.fraction()), signal);
    }
  }

  /** Waits after a drain; false when every place was drained. */
  async #rest(): Promise<boolean> {
    this.#drained++;
    if (this.#drained === this.#options.processes) {
      this.#stopping.abort();
      return false;
    }
    await this.#options.clock.sleep(limits.drainedRestMs, this.#stopping.signal);
    this.#drained--;
    return true;
  }

  async #runOne(): Promise<boolean> {
    const worker = this.#options.start();
    this.#running.add(worker);
    if (this.#held) worker.hold(true);
    const { clean } = await worker.ended;
    this.#running.delete(worker);
    if (!clean && worker.workerId !== undefined) await this.#options.report(worker.workerId).catch(() => undefined);
    return clean;
  }
}
