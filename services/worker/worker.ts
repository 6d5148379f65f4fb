/**
 * A worker's life. STARTING: beats, claims nothing. RUNNING: polls while slots are free. DRAINING: takes no new message,
 * lets turns in flight finish while the notice allows, releases every run. STOPPED: holds nothing.
 */
import type { InboxEntry } from "../contract/fleet.ts";
import { lanes } from "../contract/ids.ts";
import { planDrain, type StopNotice } from "../core/drain.ts";
import type { ActiveRun } from "./active-run.ts";
import type { WorkerDeps, WorkerSettings } from "./deps.ts";
import { Freshness } from "./freshness.ts";
import { Heartbeat } from "./heartbeat.ts";
import { LiveTexts } from "./live-text.ts";
import { loadRun, specCache } from "./load-run.ts";
import { watchOrphans } from "./orphans.ts";
import { Peers } from "./peers.ts";
import { pollLane } from "./poll-lane.ts";
import { renewMessages } from "./renew-messages.ts";
import { runAgent } from "./run-agent.ts";
import { Slots } from "./slots.ts";

export type WorkerMode = "STARTING" | "RUNNING" | "DRAINING" | "STOPPED";

const allowed: Readonly<Record<WorkerMode, readonly WorkerMode[]>> = {
  STARTING: ["RUNNING", "DRAINING", "STOPPED"],
  RUNNING: ["DRAINING", "STOPPED"],
  DRAINING: ["STOPPED"],
  STOPPED: [],
};

export class Worker {
  readonly #deps: WorkerDeps;
  readonly #settings: WorkerSettings;
  readonly #slots: Slots;
  readonly #freshness: Freshness;
  readonly #heartbeat: Heartbeat;
  readonly #live: LiveTexts;
  readonly #specOf: ReturnType<typeof specCache>;
  readonly #polling = new AbortController();
  readonly #background = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #startedAtMs: number;
  #mode: WorkerMode = "STARTING";
  #polls: Promise<unknown> = Promise.resolve();

  constructor(deps: WorkerDeps, settings: WorkerSettings) {
    this.#deps = deps;
    this.#settings = settings;
    this.#slots = new Slots(settings.slots);
    this.#freshness = new Freshness(deps.clock);
    this.#live = new LiveTexts(deps, this.#slots);
    this.#specOf = specCache(deps);
    this.#startedAtMs = deps.clock.nowMs();
    this.#heartbeat = new Heartbeat(deps, this.#freshness, {
      describe: () => this.#describe(),
      onInbox: (entry) => this.#onInbox(entry),
      onDrain: () => void this.drain({ source: "drain-flag", atMs: deps.clock.nowMs() }),
      onBuried: () => this.#onBuried(),
    });
  }

  /** Resolves when the worker holds nothing any more and may exit. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  get mode(): WorkerMode {
    return this.#mode;
  }

  /** Starts the loops. Nothing is claimed before the first heartbeat is acknowledged. */
  start(): void {
    const background = this.#background.signal;
    const context = { deps: this.#deps, settings: this.#settings, slots: this.#slots };
    this.#heartbeat.run(background);
    this.#live.run(background);
    renewMessages(context, background);
    watchOrphans(context, background);
    this.#polls = this.#poll();
  }

  async #poll(): Promise<void> {
    if (!(await this.#freshness.untilFresh(this.#polling.signal))) return;
    this.#to("RUNNING", "the first heartbeat was acknowledged");
    const context = {
      deps: this.#deps,
      settings: this.#settings,
      slots: this.#slots,
      peers: new Peers(this.#deps),
      freshness: this.#freshness,
      polling: this.#polling.signal,
      start: (run: ActiveRun) => void this.#execute(run),
    };
    await Promise.all(lanes.map((lane) => pollLane(context, lane)));
  }

  async #execute(run: ActiveRun): Promise<void> {
    if (this.#mode === "DRAINING") run.drain();
    try {
      const context = { deps: this.#deps, freshness: this.#freshness };
      await runAgent(context, run, () => loadRun(this.#deps, this.#specOf, run.head));
    } finally {
      this.#slots.leave(run);
    }
  }

  /** Drains by the plan of the first notice; later notices change nothing. */
  async drain(notice: StopNotice): Promise<void> {
    if (this.#mode === "DRAINING" || this.#mode === "STOPPED") return this.stopped;
    this.#to("DRAINING", notice.source);
    const { clock } = this.#deps;
    const plan = planDrain(notice, clock.nowMs());
    this.#polling.abort();
    for (const run of this.#slots.all()) run.drain();
    const empty = new AbortController();
    const abortLate = clock.sleep(plan.abortAtMs - clock.nowMs(), empty.signal).then(() => {
      for (const run of this.#slots.all()) run.stop("drain");
    });
    const releaseBy = new AbortController();
    const tooLate = clock.sleep(plan.releaseByMs - clock.nowMs(), empty.signal).then(() => releaseBy.abort());
    await this.#slots.whenEmpty(releaseBy.signal);
    await Promise.race([this.#polls, tooLate]);
    await this.#slots.whenEmpty(releaseBy.signal);
    empty.abort();
    await Promise.all([abortLate, tooLate]);
    await this.#leave();
  }

  async #leave(): Promise<void> {
    this.#background.abort();
    // What could not be released in time is reclaimed at once by others only if our item stays to be buried.
    if (this.#slots.active === 0) {
      await this.#deps.fleet.leave(this.#settings.workerId).catch((error: unknown) => {
        this.#deps.events.emit("store.failed", { operation: "leave", message: String(error) });
      });
    }
    this.#to("STOPPED", "everything is released");
    this.#stopped.resolve();
  }

  #describe() {
    const { workerId, pool, slots, host, version } = this.#settings;
    const active = this.#slots.active;
    return { workerId, pool, slots, active, mode: this.#mode, startedAtMs: this.#startedAtMs, host, version };
  }

  #onInbox(entry: InboxEntry): void {
    if (entry.kind === "watch") this.#live.watch(entry.runId, entry.untilMs);
    else this.#slots.get(entry.runId)?.stop("cancel");
  }

  /** Declared dead: everything we hold is somebody else's. Stop without a write. */
  #onBuried(): void {
    if (this.#mode === "STOPPED") return;
    this.#polling.abort();
    for (const run of this.#slots.all()) run.stop("buried");
    this.#background.abort();
    this.#to("STOPPED", "declared dead by others");
    this.#stopped.resolve();
  }

  #to(next: WorkerMode, because: string): void {
    if (!allowed[this.#mode].includes(next)) throw new Error(`worker: ${this.#mode} -> ${next} is not a transition`);
    this.#mode = next;
    this.#deps.events.emit("worker.mode", { workerId: this.#settings.workerId, mode: next, because });
  }
}
