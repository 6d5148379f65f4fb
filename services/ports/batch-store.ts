import type { Flight, FlightId, SettledFlight } from "../contract/batch.ts";

type WithoutIntent<F> = F extends SettledFlight ? Omit<F, "id" | "size" | "intentAtMs"> : never;
/** How a flight came to its end. */
export type Fate = WithoutIntent<SettledFlight>;

/** Flights, and whose batch is whose. Reads are consistent; a write without an answer may be sent again. */
export interface BatchStore {
  /** Puts the intent before anything is sent. False: the flight was barred or settled, and must not be sent. */
  intend(flight: Extract<Flight, { state: "INTENT" }>): Promise<boolean>;
  /** Puts a VOID flight where there is none, so that it cannot be intended any more. Gives the flight that is there after it. */
  bar(id: FlightId, nowMs: number): Promise<Flight>;
  read(id: FlightId): Promise<Flight | undefined>;
  /** Settles an intent; a flight that is settled stays as it is. Gives the flight after it. Throws when there is none. */
  settle(id: FlightId, fate: Fate): Promise<SettledFlight>;
  /** Whose batch it is: this flight's, unless another has it. `nowMs` only says how long it is remembered. */
  own(batchId: string, id: FlightId, nowMs: number): Promise<FlightId>;
  ownerOf(batchId: string): Promise<FlightId | undefined>;
}
