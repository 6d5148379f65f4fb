/** What AWS says of machines and tasks, turned into what to do with the workers there. Pure. */
import type { FleetEvent } from "../contract/aws-events.ts";
import type { Place, WorkerItem } from "../contract/fleet.ts";
import { limits } from "../contract/limits.ts";
import { isAlive } from "./alive.ts";
import { takesRuns } from "./capacity/machines.ts";

/** What an event asks for at a place. `atMs` is its own time, by the clock of AWS; a deadline only where it names one. */
export type FleetAsk =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "cordon" | "drain" | "end";
      readonly at: Place;
      readonly atMs: number;
      readonly deadlineAtMs?: number;
      readonly because: string;
    };

/** What to do with whom. `end`: bury those that are not buried, and queue the runs of all of them again. */
export type FleetAct =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "cordon" | "drain" | "end";
      readonly workers: readonly WorkerItem[];
      readonly deadlineAtMs?: number;
      readonly because: string;
    };

const nothing = { kind: "nothing" } as const;

/** An instance that is going still runs its processes; one that has gone does not. */
const GOING_INSTANCE = new Set(["stopping", "shutting-down"]);
const GONE_INSTANCE = new Set(["stopped", "terminated"]);
/** The containers have ended before the network and the task itself are taken down. */
const GONE_TASK = new Set(["DEPROVISIONING", "STOPPED", "DELETED"]);
/** ECS moves work away from the instance, or has given it up. */
const GOING_CONTAINER_INSTANCE = new Set(["DRAINING", "DEREGISTERING", "INACTIVE"]);

function taskAsk({ detail }: Extract<FleetEvent, { "detail-type": "ECS Task State Change" }>, atMs: number): FleetAsk {
  const { taskArn, lastStatus, desiredStatus, stopCode, stoppedReason } = detail;
  const why = stoppedReason ?? stopCode;
  const said = { at: { taskArn }, atMs };
  const because = `its task is ${lastStatus}${why === undefined ? "" : `: ${why}`}`.slice(0, limits.detailChars);
  if (GONE_TASK.has(lastStatus)) return { ...said, kind: "end", because };
  // When the task is killed depends on its stop timeout: the worker knows it, the event does not.
  return desiredStatus === "STOPPED" ? { ...said, kind: "drain", because } : nothing;
}

function instanceAsk(state: string, at: Place, atMs: number): FleetAsk {
  const because = `its instance is ${state}`;
  if (GONE_INSTANCE.has(state)) return { kind: "end", at, atMs, because };
  return GOING_INSTANCE.has(state) ? { kind: "drain", at, atMs, because } : nothing;
}

/** What an event asks for, whoever runs there. */
export function askOf(event: FleetEvent): FleetAsk {
  const atMs = Date.parse(event.time);
  switch (event["detail-type"]) {
    case "EC2 Spot Instance Interruption Warning": {
      const at = { instanceId: event.detail["instance-id"] };
      const because = `Spot interruption: ${event.detail["instance-action"]}`.slice(0, limits.detailChars);
      return { kind: "drain", at, atMs, deadlineAtMs: atMs + limits.spotNoticeMs, because };
    }
    case "EC2 Instance Rebalance Recommendation":
      return { kind: "cordon", at: { instanceId: event.detail["instance-id"] }, atMs, because: "rebalance" };
    case "EC2 Instance State-change Notification":
      return instanceAsk(event.detail.state, { instanceId: event.detail["instance-id"] }, atMs);
    case "ECS Task State Change":
      return taskAsk(event, atMs);
    case "ECS Container Instance State Change": {
      const { ec2InstanceId: instanceId, status } = event.detail;
      if (instanceId === undefined || !GOING_CONTAINER_INSTANCE.has(status)) return nothing;
      return { kind: "drain", at: { instanceId }, atMs, because: `its container instance is ${status}` };
    }
  }
}

/**
 * Whether a worker is one that the event is about. An instance that was stopped may be started again under its old id, and
 * an event may be hours late: who started there after it is somebody else. A task's name is used once.
 */
function isThere({ place, startedAtMs }: WorkerItem, { instanceId, taskArn }: Place, atMs: number): boolean {
  if (taskArn !== undefined) return place?.taskArn === taskArn;
  return instanceId !== undefined && place?.instanceId === instanceId && startedAtMs <= atMs;
}

const drainsBy = ({ drain, drainByMs }: WorkerItem, byMs: number | undefined): boolean =>
  drain && (byMs === undefined || (drainByMs !== undefined && drainByMs <= byMs));

/**
 * Carries an ask over to the workers there. Asked twice, a drain or a cordon is nothing. An end is asked of the buried too:
 * whoever buried them may have died before their runs were moved, and moving what is moved does nothing.
 */
export function actOf(ask: FleetAsk, fleet: readonly WorkerItem[]): FleetAct {
  if (ask.kind === "nothing") return nothing;
  const { kind, at, atMs, because, deadlineAtMs } = ask;
  const wanted = {
    end: () => true,
    drain: (worker: WorkerItem) => isAlive(worker) && !drainsBy(worker, deadlineAtMs),
    cordon: (worker: WorkerItem) => isAlive(worker) && takesRuns(worker),
  }[kind];
  const workers = fleet.filter((worker) => isThere(worker, at, atMs) && wanted(worker));
  if (workers.length === 0) return nothing;
  return { kind, workers, because, ...(deadlineAtMs === undefined ? {} : { deadlineAtMs }) };
}
