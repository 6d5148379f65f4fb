/** Who harms scaling: pools that have nothing, refuse or cannot be seen, and leaders that die or stand still in the middle of an act. */
import type { PoolTrouble } from "../../../services/adapters/memory/capacity.ts";
import type { Dice } from "../engine/dice.ts";
import type { FaultName, Faults } from "../engine/faults.ts";
import type { SimProcess } from "../engine/sim-process.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import type { Fleet } from "./fleet.ts";
import type { Machines } from "./machines.ts";

export type PoolNemesisParts = {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly machines: Machines;
  fleet(): Fleet;
};

const TROUBLES = [
  "pool-drought",
  "pool-quota",
  "pool-throttled",
  "pool-unseen",
] as const satisfies readonly FaultName[];
const TROUBLE_EVERY_MS = 30_000;
const TROUBLE_MS = 40_000;
/** Chance that a leader is struck as it sends something that only a leader may do; and that it stands still rather than dies. */
const STRUCK = 0.05;
const STANDS_STILL = 0.7;
const STILL_MS = 30_000;
const RESTART_MS = 60_000;

export class PoolNemesis {
  readonly #parts: PoolNemesisParts;
  readonly #paused = new Set<SimProcess>();
  #troubles = 0;

  constructor(parts: PoolNemesisParts) {
    this.#parts = parts;
  }

  get harmLasts(): boolean {
    return this.#troubles > 0 || this.#paused.size > 0;
  }

  start(): void {
    const { time, dice, faults } = this.#parts;
    time.after(dice.around(TROUBLE_EVERY_MS), () => {
      const kinds = TROUBLES.filter((name) => faults.may(name));
      if (kinds.length === 0) return;
      this.#trouble(dice.pick(kinds));
      this.start();
    });
  }

  /** All harm ends. */
  stop(): void {
    const { machines } = this.#parts;
    for (const pool of machines.pools) machines.capacity.trouble(pool, undefined);
    for (const process of this.#paused) process.resume();
    this.#paused.clear();
  }

  /** A process sends something that only a leader may do. */
  strike(process: SimProcess): void {
    const { time, dice, faults, fleet } = this.#parts;
    if (!faults.may("leader-struck") || !process.isUp || !dice.happens(STRUCK)) return;
    faults.count("leader-struck");
    if (dice.happens(STANDS_STILL)) {
      process.pause();
      this.#paused.add(process);
      time.after(dice.around(STILL_MS), () => {
        process.resume();
        this.#paused.delete(process);
      });
      return;
    }
    const one = fleet().controllers.find((controller) => controller.process === process);
    if (one === undefined) return;
    fleet().crashController(one);
    time.after(dice.between(0, RESTART_MS), () => fleet().startController());
  }

  #trouble(kind: (typeof TROUBLES)[number]): void {
    const { time, dice, faults, machines } = this.#parts;
    faults.count(kind);
    const pool = dice.pick(machines.pools);
    machines.capacity.trouble(pool, this.#troubleOf(kind));
    this.#troubles++;
    time.after(dice.around(TROUBLE_MS), () => {
      this.#troubles--;
      machines.capacity.trouble(pool, undefined);
    });
  }

  #troubleOf(kind: (typeof TROUBLES)[number]): PoolTrouble {
    const { dice } = this.#parts;
    switch (kind) {
      case "pool-drought":
        return { kind: "drought", room: dice.int(0, 2), silent: dice.happens(0.3) };
      case "pool-quota":
        return { kind: "quota" };
      case "pool-throttled":
        return { kind: "throttled" };
      case "pool-unseen":
        return { kind: "unseen" };
    }
  }
}
