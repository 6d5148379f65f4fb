/** Who does harm: storms over the stores, and strikes at processes, each at times that the seed draws. */
import { workerId } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import { isEnded } from "../../../services/core/lifecycle.ts";
import type { Dice } from "../engine/dice.ts";
import type { FaultName, Faults } from "../engine/faults.ts";
import type { Options } from "../engine/options.ts";
import type { SimProcess } from "../engine/sim-process.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import type { Weather } from "../engine/weather.ts";
import type { RunFiles } from "../world/run-file.ts";
import type { WorldStores } from "../world/stores.ts";
import type { Unreadable } from "../world/unreadable.ts";
import type { AwsEvents } from "./aws-events.ts";
import type { Fleet } from "./fleet.ts";
import type { SimWorker } from "./sim-worker.ts";

export type NemesisParts = {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly options: Options;
  readonly weather: Weather;
  readonly fleet: Fleet;
  readonly stores: WorldStores;
  readonly events: AwsEvents;
  readonly files: RunFiles;
  readonly unreadable: Unreadable;
};

const STRIKES = [
  "worker-crash",
  "worker-pause",
  "notice",
  "notice-with-deadline",
  "drain-flag",
  "controller-dead",
  "two-controllers",
  "api-crash",
  "objects-down",
  "index-late",
  "instance-warned",
  "instance-gone",
  "clock-jump",
  "machine-asleep",
  "item-unreadable",
] as const satisfies readonly FaultName[];
type Strike = (typeof STRIKES)[number];
type WorkerStrike = Extract<
  Strike,
  `worker-${string}` | `notice${string}` | `instance-${string}` | "drain-flag" | "machine-asleep"
>;
const CONTROLLERS_MAX = 3;

/**
 * How far a clock is set, and for how long on average until it is set right. A worker's less far: where one that dies was set further just
 * before, what ended in its last seconds is not found by the books (`docs/promises.md`, "What is not promised").
 */
const JUMP_MS = { worker: 100_000, other: 10 * 60_000 };
const SET_RIGHT_MS = 60_000;

/** How long an item cannot be read, on average. */
const HIDDEN_MS = 30_000;

const DEADLINES_MS = [5_000, 30_000, 110_000, 120_000];

export class Nemesis {
  readonly #parts: NemesisParts;
  readonly #kinds: readonly Strike[];
  readonly #paused = new Set<SimWorker>();
  readonly #wrongClocks = new Set<SimProcess>();
  #objectsDown = false;
  #indexLags = false;

  constructor(parts: NemesisParts) {
    this.#parts = parts;
    this.#kinds = STRIKES.filter((name) => parts.faults.may(name));
  }

  get objectsAreDown(): boolean {
    return this.#objectsDown;
  }

  get indexLagMs(): number {
    return this.#indexLags ? this.#parts.options.indexLagMs : 0;
  }

  /** Whether harm lasts that struck before. */
  get harmLasts(): boolean {
    const { fleet, weather } = this.#parts;
    if (this.#wrongClocks.size > 0 || this.#parts.unreadable.some) return true;
    return this.#paused.size > 0 || this.#objectsDown || weather.isStormy || fleet.controllers.length === 0;
  }

  start(): void {
    this.#nextStorm();
    if (this.#kinds.length > 0) this.#nextStrike();
  }

  /** All harm ends; what was paused goes on, what is dead is replaced. */
  stop(): void {
    const { faults, weather, fleet, unreadable } = this.#parts;
    faults.stop();
    weather.calmDown();
    this.#objectsDown = false;
    for (const one of this.#paused) one.process.resume();
    this.#paused.clear();
    for (const one of this.#wrongClocks) one.setClock(0);
    this.#wrongClocks.clear();
    unreadable.heal();
    if (fleet.controllers.length === 0) fleet.startController();
  }

  #nextStorm(): void {
    const { time, dice, options, weather } = this.#parts;
    time.after(dice.around(options.stormEveryMs), () => {
      weather.blowUp();
      time.after(dice.between(500, 30_000), () => {
        weather.calmDown();
        this.#nextStorm();
      });
    });
  }

  #nextStrike(): void {
    const { time, dice, options, faults } = this.#parts;
    time.after(dice.around(options.strikeEveryMs), () => {
      const kind = dice.pick(this.#kinds);
      if (!faults.may(kind)) return;
      faults.count(kind);
      this.#strike(kind);
      this.#nextStrike();
    });
  }

  #strike(kind: Strike): void {
    const { time, dice, fleet } = this.#parts;
    switch (kind) {
      case "controller-dead":
        for (const one of fleet.controllers) fleet.crashController(one);
        time.after(dice.between(5_000, 120_000), () => fleet.startController());
        break;
      case "two-controllers":
        if (fleet.controllers.length < CONTROLLERS_MAX) fleet.startController();
        break;
      case "api-crash":
        fleet.crashApi();
        break;
      case "objects-down":
        this.#objectsDown = true;
        time.after(dice.between(1_000, 60_000), () => {
          this.#objectsDown = false;
        });
        break;
      case "clock-jump":
        this.#setClock(dice.pick(fleet.processes));
        break;
      case "item-unreadable":
        this.#hide();
        break;
      case "index-late":
        this.#indexLags = true;
        break;
      default:
        if (fleet.workers.length > 0) this.#strikeWorker(kind, dice.pick(fleet.workers));
    }
  }

  #strikeWorker(kind: WorkerStrike, victim: SimWorker): void {
    const { dice, fleet, stores } = this.#parts;
    const atMs = victim.process.clock.nowMs();
    switch (kind) {
      case "worker-crash":
        fleet.crashWorker(victim);
        break;
      case "worker-pause":
        this.#pause(victim, () => victim.process.pause());
        break;
      case "machine-asleep":
        this.#pause(victim, () => victim.process.fallAsleep());
        break;
      case "notice":
        fleet.notify(victim, { source: "sim", atMs });
        break;
      case "notice-with-deadline":
        fleet.notify(victim, { source: "sim", atMs, deadlineAtMs: atMs + dice.pick(DEADLINES_MS) });
        break;
      case "drain-flag":
        void stores.fleet.requestDrain(workerId.parse(victim.process.name));
        break;
      case "instance-warned":
        this.#warn(victim);
        break;
      case "instance-gone":
        this.#lose(victim);
    }
  }

  /** Spot takes a machine back two minutes after it said so; a rebalance and a drain of the machine take nothing by themselves. */
  #warn(victim: SimWorker): void {
    const { time, dice, fleet, events } = this.#parts;
    if (victim.place.instanceId === undefined) {
      this.#warnTask(victim);
      return;
    }
    const saying = dice.pick(["warned", "rebalance", "draining"] as const);
    events.say(saying, victim.place);
    if (saying !== "warned") return;
    time.after(limits.spotNoticeMs, () => {
      if (fleet.workers.includes(victim) || victim.home !== undefined) this.#lose(victim);
    });
  }

  /** A task is told itself, and gone by the deadline. */
  #warnTask(victim: SimWorker): void {
    const { time, fleet } = this.#parts;
    const atMs = victim.process.clock.nowMs();
    fleet.notify(victim, { source: "sim", atMs, deadlineAtMs: atMs + limits.spotNoticeMs });
    time.after(limits.spotNoticeMs, () => this.#lose(victim));
  }

  /** A machine or a task ends, and AWS says so; the machine may be started again. */
  #lose(victim: SimWorker): void {
    const { dice, faults, fleet, events } = this.#parts;
    const { instanceId } = victim.place;
    faults.struck();
    // Its pool replaces it, and whoever is on it goes with it.
    if (victim.home !== undefined) {
      victim.home.lose();
      return;
    }
    const again = dice.happens(0.3) && instanceId !== undefined;
    fleet.crashWorker(victim, again ? { instanceId } : undefined);
    events.say(dice.pick(["gone", "stopped"] as const), victim.place);
  }

  /** A wall clock is set, by minutes and either way; after a while it is set right. */
  #setClock(process: SimProcess): void {
    const { time, dice, options } = this.#parts;
    // Where a budget is of an hour, none goes back: each world begins with an hour, and the one before has a budget of its own.
    const mostMs = process.kind === "worker" ? JUMP_MS.worker : JUMP_MS.other;
    const leastMs = options.fleetBudget === undefined ? -mostMs : 0;
    process.setClock(dice.between(leastMs, mostMs));
    this.#wrongClocks.add(process);
    time.after(dice.around(SET_RIGHT_MS), () => {
      process.setClock(0);
      this.#wrongClocks.delete(process);
    });
  }

  /** Some run, open or ended, or some worker cannot be read for a while. */
  #hide(): void {
    const { time, dice, fleet, files, unreadable } = this.#parts;
    const isRun = dice.happens(0.5);
    const isOpen = dice.happens(0.5);
    // Each as often as the other: in the end nearly all have ended.
    const runs = files.list.filter(({ head }) => head !== undefined && isEnded(head.state) !== isOpen);
    if ((isRun ? runs : fleet.workers).length === 0) return;
    const heal = isRun
      ? unreadable.hideHead(dice.pick(runs).id)
      : unreadable.hideWorker(workerId.parse(dice.pick(fleet.workers).process.name));
    time.after(dice.around(HIDDEN_MS), heal);
  }

  #pause(victim: SimWorker, pause: () => void): void {
    const { time, dice } = this.#parts;
    pause();
    this.#paused.add(victim);
    time.after(dice.around(30_000), () => {
      victim.process.resume();
      this.#paused.delete(victim);
    });
  }
}
