/** A run as a line of traffic. Pure. */
import type { RunView } from "../../contract/http.ts";

/** One line of an export; `services/planner/traffic/read-traffic.ts` reads it. */
export type TrafficLine = {
  readonly submittedAt: string;
  readonly activeMs: number;
  readonly lane: RunView["lane"];
  readonly calls: number;
  readonly agent: string;
  readonly tenant: string;
};

/**
 * Undefined for a run that has not ended, or never began. `activeMs` is the time from the first slot to the end: waits of a run that was
 * interrupted or waited for the model rate are in it.
 */
export function trafficLineOf({
  createdAt,
  startedAt,
  endedAt,
  lane,
  turns,
  agent,
  tenant,
}: RunView): TrafficLine | undefined {
  if (startedAt === undefined || endedAt === undefined) return undefined;
  const activeMs = Math.max(1, Date.parse(endedAt) - Date.parse(startedAt));
  return { submittedAt: createdAt, activeMs, lane, calls: turns, agent, tenant };
}
