/** The fleet as a person reads it. A number that nobody knows is shown as unknown, not as 0. */
import type { FleetView } from "../../contract/http.ts";
import { table } from "./table.ts";
import { duration } from "./units.ts";

const known = (value: number | undefined): string => (value === undefined ? "unknown" : String(value));

export function fleetText(fleet: FleetView, nowMs: number): string {
  const workers = table<FleetView["workers"][number]>(
    [
      { title: "WORKER", cell: (worker) => worker.id },
      { title: "POOL", cell: (worker) => worker.pool },
      { title: "MODE", cell: (worker) => worker.mode },
      { title: "ACTIVE", cell: (worker) => String(worker.active), align: "right" },
      { title: "SLOTS", cell: (worker) => String(worker.slots), align: "right" },
      { title: "UP", cell: (worker) => duration(Math.max(0, nowMs - Date.parse(worker.startedAt))), align: "right" },
      { title: "HOST", cell: (worker) => worker.host },
      { title: "VERSION", cell: (worker) => worker.version },
    ],
    fleet.workers,
  );
  const lanes = table<FleetView["lanes"][number]>(
    [
      { title: "LANE", cell: (lane) => lane.lane },
      { title: "WAITING", cell: (lane) => known(lane.visible), align: "right" },
      { title: "IN FLIGHT", cell: (lane) => known(lane.inFlight), align: "right" },
    ],
    fleet.lanes,
  );
  const workersPart = fleet.workers.length === 0 ? "no workers" : workers;
  return `${fleet.active} of ${fleet.slots} slots active\n\n${workersPart}\n\n${lanes}`;
}
