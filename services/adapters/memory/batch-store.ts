import type { Flight, FlightId } from "../../contract/batch.ts";
import type { BatchStore } from "../../ports/batch-store.ts";
import type { Faults } from "./faults.ts";

/** Flights and owners of batches in maps. */
export function memoryBatchStore(faults: Faults): BatchStore {
  const flights = new Map<FlightId, Flight>();
  const owners = new Map<string, FlightId>();
  return {
    intend: (flight) =>
      faults.run("batches.intend", () => {
        const there = flights.get(flight.id);
        if (there !== undefined) return there.state === "INTENT";
        flights.set(flight.id, flight);
        return true;
      }),
    bar: (id, nowMs) =>
      faults.run("batches.bar", () => {
        const there = flights.get(id) ?? { id, size: 0, intentAtMs: nowMs, state: "VOID", doubtful: false };
        flights.set(id, there);
        return there;
      }),
    read: (id) => faults.run("batches.read", () => flights.get(id)),
    settle: (id, fate) =>
      faults.run("batches.settle", () => {
        const there = flights.get(id);
        if (there === undefined) throw new Error(`there is no flight ${id}`);
        if (there.state !== "INTENT") return there;
        const { size, intentAtMs } = there;
        const settled = { ...fate, id, size, intentAtMs };
        flights.set(id, settled);
        return settled;
      }),
    own: (batchId, id) =>
      faults.run("batches.own", () => {
        const owner = owners.get(batchId) ?? id;
        owners.set(batchId, owner);
        return owner;
      }),
    ownerOf: (batchId) => faults.run("batches.ownerOf", () => owners.get(batchId)),
  };
}
