/** What a world has that is scaled: machines, who harms them, the watch over it all, and scalers for its controllers. */
import { type CapacityPolicy, capacityPolicy } from "../../../services/contract/capacity-policy.ts";
import { Scaler } from "../../../services/controller/capacity/scaler.ts";
import type { World } from "../../../services/controller/world.ts";
import { decide } from "../../../services/core/capacity/decide.ts";
import { learn } from "../../../services/core/capacity/profile.ts";
import type { RateSettings } from "../../../services/core/rate-control.ts";
import type { Capacity } from "../../../services/ports/capacity.ts";
import type { FleetStore } from "../../../services/ports/fleet-store.ts";
import { ScalingWatch } from "../checks/scaling.ts";
import type { Dice } from "../engine/dice.ts";
import type { Faults } from "../engine/faults.ts";
import type { Network } from "../engine/network.ts";
import type { Scaled } from "../engine/scaled.ts";
import type { SimProcess } from "../engine/sim-process.ts";
import type { Trace } from "../engine/trace.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import type { Ports } from "../world/ports.ts";
import type { RunFiles } from "../world/run-file.ts";
import { type CapacityParts, simCapacity, toldFleet } from "../world/sim-capacity.ts";
import type { AwsEvents } from "./aws-events.ts";
import type { Fleet } from "./fleet.ts";
import { Machines } from "./machines.ts";
import { PoolNemesis } from "./pool-nemesis.ts";

export type ScaledParts = {
  readonly time: VirtualTime;
  readonly dice: (stream: number) => Dice;
  readonly faults: Faults;
  readonly trace: Trace;
  readonly network: Network;
  readonly files: RunFiles;
  readonly scaled: Scaled;
  fleet(): Fleet;
  events(): AwsEvents;
  portsOf(process: SimProcess): Ports;
};

export class ScaledWorld {
  readonly watch: ScalingWatch;
  readonly machines: Machines;
  readonly nemesis: PoolNemesis;
  readonly capacity: CapacityParts;
  readonly #policy: CapacityPolicy;

  constructor(parts: ScaledParts) {
    const { time, dice, faults, network, files, scaled, fleet } = parts;
    this.#policy = capacityPolicy.parse(scaled.policy);
    const { patienceMs } = this.#policy.scaleIn;
    this.watch = new ScalingWatch({ patienceMs, heldBy: files.heldBy, nowMs: () => time.nowMs });
    this.machines = new Machines({ ...parts, dice: dice(10), watch: this.watch });
    this.nemesis = new PoolNemesis({ time, dice: dice(11), faults, machines: this.machines, fleet });
    this.capacity = {
      ...{ network, dice: dice(12), faults, watch: this.watch, pools: this.machines },
      strike: (process) => this.nemesis.strike(process),
    };
  }

  start(): void {
    this.machines.start();
    this.nemesis.start();
  }

  /** Pools as a process calls them. */
  capacityOf(process: SimProcess): Capacity {
    return simCapacity(this.capacity, process);
  }

  /** The fleet as a scaler calls it: over the ports of its process. */
  readonly fleetOf = (ports: Ports, process: SimProcess): FleetStore => toldFleet(ports.fleet, this.capacity, process);

  /** A scaler for a controller; `ports` are its own, that are told to the watch. */
  scalerOf(world: World, ports: Ports, rate: RateSettings): Scaler {
    const { capacity, scaling: stores, limiter, fleet } = ports;
    if (capacity === undefined) throw new Error("a scaled world has pools");
    return new Scaler(
      { ...world, fleet },
      { ...{ stores, capacity, decide, learn, acts: true, limiter, rate }, policy: this.#policy },
    );
  }
}

/** None where a world is not scaled. */
export const scaledWorld = (scaled: Scaled | undefined, parts: Omit<ScaledParts, "scaled">): ScaledWorld | undefined =>
  scaled && new ScaledWorld({ ...parts, scaled });
