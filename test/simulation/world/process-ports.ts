/** What each process of a world works with: its ports, with the bug that is planted; what a scaler does goes by the watch over scaling. */

import type { SimProcess } from "../engine/sim-process.ts";
import type { Extras } from "../outcome.ts";
import type { ScaledWorld } from "../workload/scaled-world.ts";
import { type PortParts, type Ports, portsOf } from "./ports.ts";
import { heardFleet } from "./sim-capacity.ts";
import type { WorldStores } from "./stores.ts";

export type ProcessPorts = {
  of(process: SimProcess): Ports;
  /** Those of a scaler within a process. */
  ofScaler(process: SimProcess, scaled: ScaledWorld): Ports;
};

export function processPorts(
  parts: Omit<PortParts, "process" | "capacity">,
  scaled: ScaledWorld | undefined,
  { plant = (ports) => ports }: Pick<Extras, "plant">,
): ProcessPorts {
  const unplanted = (process: SimProcess, stores: WorldStores) =>
    portsOf({ ...parts, stores, process, capacity: scaled?.capacityOf(process) });
  return {
    of: (process) => plant(unplanted(process, parts.stores), process),
    ofScaler: (process, { capacity, fleetOf }) => {
      const ports = unplanted(process, { ...parts.stores, fleet: heardFleet(parts.stores.fleet, capacity) });
      return plant({ ...ports, fleet: fleetOf(ports, process) }, process);
    },
  };
}
