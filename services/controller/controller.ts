/**
 * The controller: watches heartbeats, moves the runs of dead workers, and sweeps. Two at once are safe: every act is a
 * conditional write.
 *
 * NEW -> RUNNING -> STOPPING (no new pass; those in flight end) -> STOPPED -> RUNNING (it remembers what it saw)
 */
import type { WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { backlogLeast } from "../core/backlog.ts";
import { isIdle } from "../core/shift.ts";
import { untilNextDeathMs } from "../core/silence.ts";
import { deadLetterPass } from "./dead-letters.ts";
import { Graves } from "./graves.ts";
import { Kicks } from "./kicks.ts";
import { Leadership } from "./leadership.ts";
import { ledgerPass } from "./ledger/ledger-pass.ts";
import { Loop } from "./loop.ts";
import { backlogPass } from "./measure-backlog.ts";
import { measurePass } from "./measure-fleet.ts";
import { reclaimPass } from "./reclaim.ts";
import { type Sweeping, sweepPass } from "./sweep.ts";
import { type Watching, watchPass } from "./watch.ts";
import type { World } from "./world.ts";

type Mode = "NEW" | "RUNNING" | "STOPPING" | "STOPPED";
const next: Record<Mode, Mode> = {
  NEW: "RUNNING",
  RUNNING: "STOPPING",
  STOPPING: "STOPPED",
  STOPPED: "RUNNING",
};

export class Controller {
  readonly #watching: Watching = {
    look: undefined,
    active: undefined,
    steps: undefined,
    heldBack: new Set(),
    graves: new Graves(),
    reported: new Set(),
  };
  readonly #sweeping: Sweeping = {
    cursors: new Map(),
    overdueAtMs: undefined,
    wokenFor: undefined,
    wakingFor: undefined,
  };
  readonly #watch: Loop;
  readonly #reclaim: Loop;
  readonly #sweep: Loop;
  readonly #deadLetters: Loop | undefined;
  readonly #backlog: Loop | undefined;
  readonly #ledger: Loop | undefined;
  readonly #leadership: Leadership | undefined;
  readonly #measure: Loop | undefined;
  readonly #kicks: Kicks;
  #waiting: number | undefined;
  #mode: Mode = "NEW";

  constructor(world: World) {
    const { clock, events } = world;
    this.#kicks = new Kicks(world);
    this.#watch = new Loop({
      ...{ operation: "controller.watch", everyMs: limits.watchMs, clock, events },
      pass: async () => {
        const before = this.#watching.graves.open.length;
        await Promise.all([watchPass(world, this.#watching), this.#hear()]);
        if (this.#watching.graves.open.length > before) this.#reclaim.kick();
      },
      soonMs: () => {
        const { look } = this.#watching;
        return look === undefined ? limits.watchMs : untilNextDeathMs(look, clock.monotonicMs());
      },
    });
    this.#reclaim = new Loop({
      ...{ operation: "controller.reclaim", everyMs: limits.watchMs, clock, events },
      pass: () => reclaimPass(world, this.#watching.graves),
    });
    this.#sweep = new Loop({
      ...{ operation: "controller.sweep", everyMs: limits.sweepEveryMs, clock, events },
      pass: () => sweepPass(world, this.#sweeping, this.#watching),
    });
    const store = world.backlog;
    if (store !== undefined) {
      const queuedMax = world.queuedMax ?? limits.queuedMax;
      this.#backlog = new Loop({
        ...{ operation: "controller.backlog", everyMs: limits.backlogEveryMs, clock, events },
        pass: async () => {
          this.#waiting = undefined;
          this.#waiting = backlogLeast(await backlogPass(world, { store, queuedMax }));
        },
      });
    }
    const { ledger, history, contents } = world;
    if (ledger !== undefined && history !== undefined && contents !== undefined) {
      const keeping = { ...world, ledger, history, contents };
      const memory = { audited: new Map() };
      this.#ledger = new Loop({
        ...{ operation: "controller.ledger", everyMs: limits.ledgerEveryMs, clock, events },
        pass: () => ledgerPass(keeping, memory),
      });
    }
    const { leases } = world;
    this.#leadership = leases && new Leadership({ ...world, leases });
    const { measureEveryMs } = world;
    if (measureEveryMs !== undefined) {
      this.#measure = new Loop({
        ...{ operation: "controller.measure", everyMs: measureEveryMs, clock, events },
        pass: () => measurePass(world),
      });
    }
    const dead = world.deadLetters;
    if (dead !== undefined) {
      this.#deadLetters = new Loop({
        ...{ operation: "controller.dead-letters", everyMs: limits.deadLetterEveryMs, clock, events },
        pass: () => deadLetterPass(world, dead),
      });
    }
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** Whether everything was looked at since it runs, nothing waits, runs or is being repaired, and nobody asked for it lately. */
  get isIdle(): boolean {
    const { active, graves } = this.#watching;
    const hasLooked = this.#loops().every((loop) => loop.hasPassed) && this.#leadership?.hasDecided !== false;
    const { sinceMs: sinceKickMs } = this.#kicks;
    return isIdle({ hasLooked, waiting: this.#waiting, active, graves: graves.open.length, sinceKickMs });
  }

  #loops(): Loop[] {
    const always = [this.#watch, this.#reclaim, this.#sweep];
    const some = [this.#deadLetters, this.#backlog, this.#ledger, this.#measure];
    return [...always, ...some].filter((loop) => loop !== undefined);
  }

  /** Decides on capacity now when somebody asked for it since the last look. */
  async #hear(): Promise<void> {
    if (await this.#kicks.look()) this.#leadership?.kick();
  }

  /**
   * Asked once `run` has ended: whether somebody asked for a decision who may still have found it leading, so that nobody wakes it.
   * A kick is laid down before the lease is read: one that is not there now comes from somebody who finds the lease given up.
   * Never throws: who cannot tell goes on.
   */
  wasKicked(): Promise<boolean> {
    return this.#kicks.look().catch(() => true);
  }

  /** A supervisor saw this worker end: it is buried and its runs are queued again at once. */
  reportEnd(workerId: WorkerId): void {
    this.#watching.reported.add(workerId);
    this.#watch.kick();
  }

  /** Runs until `signal` aborts, then until the passes in flight have ended; then it may be called again. */
  async run(signal: AbortSignal): Promise<void> {
    this.#setMode("RUNNING");
    const stopping = (): void => this.#setMode("STOPPING");
    signal.addEventListener("abort", stopping, { once: true });
    if (signal.aborted) stopping();
    this.#watching.active = undefined;
    this.#waiting = undefined;
    await Promise.all([...this.#loops().map((loop) => loop.run(signal)), this.#leadership?.run(signal)]);
    this.#setMode("STOPPED");
  }

  #setMode(mode: Mode): void {
    if (next[this.#mode] !== mode) throw new Error(`controller: ${this.#mode} cannot become ${mode}`);
    this.#mode = mode;
  }
}
