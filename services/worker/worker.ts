/** A worker: its parts, and what a notice changes in its life (`worker-mode.ts`). */
import type { InboxEntry } from "../contract/fleet.ts";
import { lanes } from "../contract/ids.ts";
import type { StopNotice } from "../core/drain.ts";
import { OVER } from "../ports/clock.ts";
import type { ActiveRun } from "./active-run.ts";
import { Batches } from "./batches.ts";
import { Books } from "./books.ts";
import { CpuMeter } from "./cpu-meter.ts";
import type { WorkerDeps, WorkerSettings } from "./deps.ts";
import { Freshness } from "./freshness.ts";
import { Heartbeat } from "./heartbeat.ts";
import { LaneTurns } from "./lane-turns.ts";
import { leaveFleet } from "./leave-fleet.ts";
import { LiveTexts } from "./live-text.ts";
import { loadRun, specCache } from "./load-run.ts";
import { mayBegin } from "./may-begin.ts";
import { Memo } from "./memo.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { Notices } from "./notices.ts";
import { watchOrphans } from "./orphans.ts";
import { OwnTime } from "./own-time.ts";
import { Peers } from "./peers.ts";
import { Permits } from "./permits.ts";
import { pollLane } from "./poll-lane.ts";
import { PromptSavings } from "./prompt-savings.ts";
import { Purse } from "./purse.ts";
import { renewMessages } from "./renew-messages.ts";
import { runAgent } from "./run-agent.ts";
import { Slots } from "./slots.ts";
import { type TaskShield, taskShield } from "./task-shield.ts";
import { TenantRoom } from "./tenant-room.ts";
import { assertChange, type WorkerMode } from "./worker-mode.ts";

const deadline = (byMs: number | undefined) => (byMs === undefined ? {} : { deadlineAtMs: byMs });

export class Worker {
  readonly #deps: WorkerDeps;
  readonly #settings: WorkerSettings;
  readonly #slots: Slots;
  readonly #permits: Permits;
  readonly #purse: Purse;
  readonly #prompts: PromptSavings;
  readonly #memory: MemoryWatch;
  readonly #cpu: CpuMeter;
  readonly #memo: Memo;
  readonly #batches: Batches;
  readonly #books: Books | undefined;
  readonly #shield: TaskShield | undefined;
  readonly #freshness: Freshness;
  readonly #heartbeat: Heartbeat;
  readonly #live: LiveTexts;
  readonly #room: TenantRoom;
  readonly #specOf: ReturnType<typeof specCache>;
  readonly #polling = new AbortController();
  readonly #draining = new AbortController();
  readonly #background = new AbortController();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #own: OwnTime;
  readonly #notices: Notices;
  #mode: WorkerMode = "STARTING";
  #leftBehind = 0;
  /** When the last run left (monotonic). */
  #emptySinceMs: number;
  #polls: Promise<unknown> = Promise.resolve();

  constructor(given: WorkerDeps, settings: WorkerSettings) {
    const { ledger } = given;
    this.#books = ledger && new Books({ ...given, ledger }, settings.workerId);
    const deps = { ...given, ...this.#books?.around(given) };
    this.#deps = deps;
    this.#settings = settings;
    this.#permits = new Permits(deps, settings.rate, () => this.#slots.recheck());
    this.#memory = new MemoryWatch(deps, settings.workerId);
    this.#cpu = new CpuMeter(deps);
    this.#slots = new Slots(settings.slots, (all) =>
      this.#permits.slotsToUse(this.#memory.slotsToUse(all, this.#slots.active)),
    );
    this.#emptySinceMs = deps.clock.monotonicMs();
    this.#prompts = new PromptSavings(deps.clock, settings.savingsOff);
    this.#memo = new Memo(deps, settings.savingsOff);
    this.#freshness = new Freshness(deps.clock);
    const shielded = { workerId: settings.workerId, slots: this.#slots, polling: this.#polling.signal };
    this.#shield = taskShield(deps, { ...shielded, heed: (notice) => this.heed(notice) });
    this.#live = new LiveTexts(deps, this.#slots);
    this.#room = new TenantRoom(deps, this.#slots, settings.tenantActiveMax);
    this.#specOf = specCache(deps);
    this.#own = new OwnTime(deps.clock);
    this.#notices = new Notices(deps.clock);
    this.#purse = new Purse(deps, {
      workerId: settings.workerId,
      defaults: settings.budgets ?? {},
      beat: () => this.#heartbeat.beat(),
    });
    const parts = { deps, freshness: this.#freshness, permits: this.#permits, purse: this.#purse };
    this.#batches = new Batches(parts, settings, this.#background.signal);
    this.#heartbeat = new Heartbeat({ ...deps, own: this.#own }, this.#freshness, {
      describe: (counter) => ({ ...this.#describe(), ...this.#purse.say(counter) }),
      onAcknowledged: (counter) => this.#purse.acknowledged(counter),
      onInbox: (entry) => this.#onInbox(entry),
      onDrain: (byMs) => this.heed({ source: "drain-flag", atMs: deps.clock.nowMs(), ...deadline(byMs) }),
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

  /** Runs that a drain could not release in time: whoever sees this worker end should have them reclaimed at once. */
  get leftBehind(): number {
    return this.#leftBehind;
  }

  /** How long it has had no run; 0 while it has one or claims one. */
  get idleMs(): number {
    return this.#slots.busy > 0 ? 0 : this.#deps.clock.monotonicMs() - this.#emptySinceMs;
  }

  /** Whether it takes no new run for now, by `hold`. */
  get held(): boolean {
    return this.#slots.held;
  }

  /**
   * From now on it takes no new run, or takes them again. Unlike a cordon it can be taken back: nobody but our supervisor
   * hears of it.
   */
  hold(held: boolean): void {
    this.#slots.hold(held);
  }

  get #context() {
    return { deps: this.#deps, settings: this.#settings, slots: this.#slots, own: this.#own };
  }

  /** Starts the loops. Nothing is claimed before the first heartbeat is acknowledged. */
  start(): void {
    const background = this.#background.signal;
    this.#heartbeat.run(background);
    this.#live.run(background);
    this.#memory.run(this.#slots, background);
    this.#room.watch(background);
    this.#purse.watch(background);
    renewMessages(this.#context, background);
    watchOrphans(this.#context, background);
    void this.#shield?.run(background);
    this.#polls = this.#poll();
  }

  async #poll(): Promise<void> {
    const starting = { freshness: this.#freshness, signal: this.#polling.signal, looked: this.#room.looked };
    if (!(await mayBegin(this.#context, { ...starting, heed: (notice) => this.heed(notice) }))) return;
    this.#to("RUNNING", "the first heartbeat was acknowledged");
    this.#books?.run(this.#background.signal);
    const context = {
      ...this.#context,
      peers: new Peers(this.#deps),
      freshness: this.#freshness,
      polling: this.#polling.signal,
      turns: new LaneTurns(),
      room: this.#room,
      shield: this.#shield,
      start: (run: ActiveRun) => void this.#execute(run),
    };
    await Promise.all(lanes.map((lane) => pollLane(context, lane)));
  }

  async #execute(run: ActiveRun): Promise<void> {
    if (this.#mode === "DRAINING") run.drain();
    // Claimed by a worker that was declared dead meanwhile: others have it, or will.
    if (this.#mode === "STOPPED") run.stop("buried");
    try {
      const parts = { freshness: this.#freshness, permits: this.#permits, prompts: this.#prompts, memo: this.#memo };
      const context = { deps: this.#deps, purse: this.#purse, batches: this.#batches, ...parts };
      await runAgent(context, run, () => loadRun(this.#deps, this.#specOf, run.head));
    } finally {
      this.#slots.leave(run);
      this.#emptySinceMs = this.#deps.clock.monotonicMs();
    }
  }

  /** Does what a notice asks for: a cordon or a drain. One that says nothing new changes nothing. */
  heed(notice: StopNotice): void {
    if (this.#mode === "STOPPED" || !this.#notices.heed(notice)) return;
    const { source, kind: asks = "release", deadlineAtMs } = notice;
    this.#deps.events.emit("worker.notice", { workerId: this.#settings.workerId, source, asks, deadlineAtMs });
    // A drain under way has heard of it.
    if (this.#mode === "DRAINING") return;
    if (notice.kind === "cordon") this.#cordon(source);
    else this.#release(source).catch(this.#stopped.reject);
  }

  /** Heeds a notice; resolves when the worker has stopped (after a mere cordon: once a later notice has stopped it). */
  drain(notice: StopNotice): Promise<void> {
    this.heed(notice);
    return this.stopped;
  }

  #cordon(source: string): void {
    this.#to("CORDONED", source);
    this.#polling.abort();
  }

  async #release(source: string): Promise<void> {
    this.#to("DRAINING", source);
    this.#polling.abort();
    this.#draining.abort(OVER);
    for (const run of this.#slots.all()) run.drain();
    const done = new AbortController();
    const late = new AbortController();
    const abort = () => {
      for (const run of this.#slots.all()) run.stop("drain");
    };
    const deadline = this.#notices.untilDeadline(done.signal, abort).then(() => late.abort(OVER));
    await this.#slots.whenEmpty(late.signal);
    await Promise.race([this.#polls, deadline]);
    await this.#slots.whenEmpty(late.signal);
    done.abort(OVER);
    await deadline;
    await this.#leave();
  }

  async #leave(): Promise<void> {
    // Buried meanwhile: nothing of it is ours any more.
    if (this.#mode === "STOPPED") return;
    this.#background.abort();
    this.#leftBehind = this.#slots.active;
    const held = { purse: this.#purse, permits: this.#permits, books: this.#books };
    await leaveFleet({ ...this.#context, ...held }, this.#leftBehind);
    this.#to("STOPPED", this.#leftBehind === 0 ? "everything is released" : `${this.#leftBehind} runs are left behind`);
    this.#stopped.resolve();
  }

  #describe() {
    const { workerId, pool, host, version, place } = this.#settings;
    // A claim under way is a run already: who scales in must not find this worker idle.
    const active = this.#slots.busy;
    // Room that no run may take is none: whoever counts slots would wait for it.
    const slots = this.#memory.slotsToUse(this.#settings.slots, active);
    const said = { workerId, pool, slots, active, steps: this.#slots.steps, mode: this.#mode, host, version };
    return { ...said, ...this.#own.say(), ...(place && { place }), ...this.#cpu.say(), ...this.#room.say() };
  }

  /**
   * Gives whether the entry is done with. A cancel stays in the inbox until its time is over and its run has left: it may have
   * come between the claim and its answer, and the watch reads there what it has to force.
   */
  #onInbox(entry: InboxEntry): boolean {
    if (entry.kind === "watch") this.#live.watch(entry.runId, entry.untilMs);
    else if (entry.kind === "cordon")
      this.heed({ kind: "cordon", source: "cordon-flag", atMs: this.#deps.clock.nowMs() });
    else {
      const run = this.#slots.get(entry.runId);
      run?.stop("cancel");
      return run === undefined && this.#deps.clock.nowMs() >= entry.untilMs;
    }
    return true;
  }

  /** Declared dead: everything we hold is somebody else's. Stop without a write. */
  #onBuried(): void {
    if (this.#mode === "STOPPED") return;
    this.#polling.abort();
    this.#draining.abort(OVER);
    for (const run of this.#slots.all()) run.stop("buried");
    this.#background.abort();
    this.#permits.close();
    this.#to("STOPPED", "declared dead by others");
    this.#stopped.resolve();
  }

  #to(next: WorkerMode, because: string): void {
    assertChange(this.#mode, next);
    this.#mode = next;
    this.#deps.events.emit("worker.mode", { workerId: this.#settings.workerId, mode: next, because });
  }
}
