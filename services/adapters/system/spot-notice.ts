import { z } from "zod";
import type { Clock } from "../../ports/clock.ts";
import type { EventSink } from "../../ports/event-sink.ts";
import type { StopSource } from "../../ports/stop-source.ts";
import type { InstanceMetadata } from "./instance-metadata.ts";
import { parseJson } from "./parse-json.ts";
import { type Found, polledSource } from "./polled-source.ts";

/** What the sources over instance metadata are made of. */
export type MetadataParts = {
  readonly metadata: InstanceMetadata;
  readonly clock: Clock;
  readonly events: EventSink;
};

/** EC2 takes the instance back: terminate, stop or hibernate at this time. */
const instanceAction = z.object({ action: z.string(), time: z.iso.datetime({ offset: true }) });

/** The Spot interruption notice: about two minutes before the instance goes. What is not one is asked for again. */
export const spotNotice = ({ metadata, clock, events }: MetadataParts): StopSource =>
  polledSource({
    ...{ kind: "spot", clock, events },
    look: async (signal): Promise<Found> => {
      const answer = await metadata.get("spot/instance-action", signal);
      if (answer.kind === "absent") return { kind: "nothing" };
      if (answer.kind !== "found") return answer;
      const parsed = instanceAction.safeParse(parseJson(answer.text));
      if (!parsed.success) return { kind: "failed", because: "spot/instance-action is not as documented" };
      const deadlineAtMs = Date.parse(parsed.data.time);
      return {
        kind: "notice",
        notice: { source: `spot-${parsed.data.action}`.slice(0, 40), atMs: clock.nowMs(), deadlineAtMs },
      };
    },
  });
