import type { EventPayload, MusterEvent } from "../contract/events.ts";
import type { NameOf } from "../contract/metrics.ts";
import type { MetricWindow } from "./metric-window.ts";

type Ended = EventPayload<"run.ended">;

/** Which counter an end belongs to: only `RunsFailed` is an error. A limit that the user set, or a cancel, is no failure. */
const endCounter = {
  QUEUED: undefined,
  RUNNING: undefined,
  SUCCEEDED: "RunsSucceeded",
  FAILED: "RunsFailed",
  TIMED_OUT: "RunsFailed",
  DEAD: "RunsFailed",
  CANCELLED: "RunsStopped",
  OVER_BUDGET: "RunsStopped",
} as const satisfies Record<Ended["state"], NameOf<"counter"> | undefined>;

/** Why a run was taken from its worker without having asked for it. */
const interruptions: ReadonlySet<string> = new Set(["drain", "worker-lost", "orphaned"]);

function measureEnd(window: MetricWindow, { state, createdAtMs, startedAtMs, endedAtMs }: Ended): void {
  const counter = endCounter[state];
  if (counter !== undefined) window.add(counter);
  window.observe("RunResponse", undefined, endedAtMs - createdAtMs);
  if (startedAtMs !== undefined) window.observe("RunTime", undefined, endedAtMs - startedAtMs);
}

function measureFleet(window: MetricWindow, { lanes, pools, breakersOpen }: EventPayload<"fleet.measured">): void {
  for (const { lane, waiting, oldestMs } of lanes) {
    if (waiting !== undefined) window.set("QueueDepth", lane, waiting);
    if (oldestMs !== undefined) window.set("OldestWait", lane, oldestMs);
  }
  for (const { pool, used, free } of pools) {
    window.set("SlotsUsed", pool, used);
    window.set("SlotsFree", pool, free);
  }
  if (breakersOpen !== undefined) window.set("BreakersOpen", undefined, breakersOpen);
}

/** Events that are one of something. */
const counted: Partial<Record<MusterEvent["name"], NameOf<"counter">>> = {
  "run.accepted": "RunsAccepted",
  "turn.doubtful": "TurnsInDoubt",
  "controller.decided": "ControllerHeartbeat",
  "cost.spike": "CostSpikes",
  "fleet.scaled": "ScalingActions",
  "fleet.refused": "LaunchesRefused",
  "worker.buried": "WorkersLost",
  "dead-letter.resent": "DeadLetters",
  "dead-letter.dropped": "DeadLetters",
  "store.failed": "StoreFailures",
};

/** Takes an event into the window; the only place that says which event means which metric. */
export function measureEvent(window: MetricWindow, event: MusterEvent): void {
  const counter = counted[event.name];
  if (counter !== undefined) window.add(counter);
  switch (event.name) {
    case "run.claimed":
      if (event.payload.waitMs !== undefined) window.observe("RunWait", event.payload.lane, event.payload.waitMs);
      return;
    case "run.ended":
      measureEnd(window, event.payload);
      return;
    case "run.requeued":
      if (interruptions.has(event.payload.reason)) window.add("RunsInterrupted");
      return;
    case "turn.committed":
      window.add("Turns");
      window.add("Cost", event.payload.costMicroUsd);
      return;
    case "model.failed":
      window.add("ModelFailures");
      if (event.payload.code === "rate-limited") window.add("RateLimits");
      return;
    case "fleet.measured":
      measureFleet(window, event.payload);
  }
}
