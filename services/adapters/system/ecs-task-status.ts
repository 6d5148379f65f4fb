import { z } from "zod";
import { limits } from "../../contract/limits.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EventSink } from "../../ports/event-sink.ts";
import type { StopSource } from "../../ports/stop-source.ts";
import { parseJson } from "./parse-json.ts";
import { type Found, polledSource } from "./polled-source.ts";
import type { TimedHttp } from "./timed-http.ts";

/** `uri` is what ECS puts into ECS_CONTAINER_METADATA_URI_V4; `stopTimeoutMs` the time from the stop to the kill. */
export type EcsTaskParts = {
  readonly uri: string;
  readonly stopTimeoutMs?: number | undefined;
  readonly http: TimedHttp;
  readonly clock: Clock;
  readonly events: EventSink;
};

const task = z.object({ DesiredStatus: z.string() });

/** ECS wants this task stopped: it says so in the task's metadata, with or before SIGTERM. */
export const ecsTaskStatus = ({ uri, stopTimeoutMs, http, clock, events }: EcsTaskParts): StopSource =>
  polledSource({
    ...{ kind: "ecs-task", clock, events },
    look: async (signal): Promise<Found> => {
      const url = `${uri.replace(/\/+$/, "")}/task`;
      const answer = await http({ method: "GET", url, timeoutMs: limits.metadataCallMs }, signal);
      if (answer.kind === "failed") return answer;
      const parsed = task.safeParse(answer.status === 200 ? parseJson(answer.text) : undefined);
      if (!parsed.success) return { kind: "failed", because: `task metadata with status ${answer.status}` };
      if (parsed.data.DesiredStatus !== "STOPPED") return { kind: "nothing" };
      const atMs = clock.nowMs();
      const deadline = stopTimeoutMs === undefined ? {} : { deadlineAtMs: atMs + stopTimeoutMs };
      return { kind: "notice", notice: { source: "ecs-task", atMs, ...deadline } };
    },
  });
