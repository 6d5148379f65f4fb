/** What a turn that is in a batch leaves on its run's head while nobody holds it. Pure. */
import type { RunHead } from "../contract/run.ts";
import { isAffordable } from "./held-run.ts";

/** Fields that go with the flight: away when its turn is committed or the run ends. */
export const FLIGHT_ONLY = ["flight", "asked"] as const satisfies readonly (keyof RunHead)[];

/** What a run that is given back keeps of its flight: the turn stays reserved. Without one nothing is reserved. */
export function keptFlight(head: RunHead) {
  const { flight, asked, reservedMicroUsd } = head;
  if (flight === undefined) return { reservedMicroUsd: 0 };
  return { reservedMicroUsd, flight, ...(asked === undefined ? {} : { asked }) };
}

/**
 * Whether a run that RUNS may have a call of its own open: a turn in a batch is fetched by whoever wakes the run. A claim reserves
 * without reading, so what it reserves may be more than is left beside earlier doubts: then its holder ends the run and calls nothing.
 */
export const mayBeOpen = (head: RunHead): boolean =>
  head.reservedMicroUsd > 0 && head.flight === undefined && isAffordable(head);
