import type { WorkerEnv } from "../../contract/env.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EventSink } from "../../ports/event-sink.ts";
import type { StopSource } from "../../ports/stop-source.ts";
import { ecsTaskStatus } from "./ecs-task-status.ts";
import { hasInstance, type InstanceEnv } from "./has-instance.ts";
import { instanceMetadata } from "./instance-metadata.ts";
import { lifecycleState } from "./lifecycle-state.ts";
import { rebalanceRecommendation } from "./rebalance-recommendation.ts";
import { type SignalEmitter, sigtermSource } from "./signals.ts";
import { spotNotice } from "./spot-notice.ts";
import type { TimedHttp } from "./timed-http.ts";

/** The parts of a worker's environment that say who may stop it. */
export type StopEnv = InstanceEnv & Pick<WorkerEnv, "MUSTER_STOP_TIMEOUT_MS" | "ECS_CONTAINER_METADATA_URI_V4">;

/** What the sources are made of. */
export type StopParts = {
  readonly signals: SignalEmitter;
  readonly http: TimedHttp;
  readonly clock: Clock;
  readonly events: EventSink;
};

/** Every way in which this worker can be told to stop, but for the drain flag, which its heartbeat brings. */
export function stopSources(env: StopEnv, { signals, http, clock, events }: StopParts): StopSource[] {
  const uri = env.ECS_CONTAINER_METADATA_URI_V4;
  const stopTimeoutMs = env.MUSTER_STOP_TIMEOUT_MS;
  const endpoint = env.AWS_EC2_METADATA_SERVICE_ENDPOINT;
  const parts = { metadata: instanceMetadata({ endpoint, http, clock }), clock, events };
  return [
    sigtermSource(signals, clock, stopTimeoutMs),
    ...(hasInstance(env) ? [spotNotice(parts), rebalanceRecommendation(parts), lifecycleState(parts)] : []),
    ...(uri === undefined ? [] : [ecsTaskStatus({ uri, stopTimeoutMs, http, clock, events })]),
  ];
}
