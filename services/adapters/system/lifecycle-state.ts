import type { StopSource } from "../../ports/stop-source.ts";
import { type Found, polledSource } from "./polled-source.ts";
import type { MetadataParts } from "./spot-notice.ts";

/** Target states in which the instance stops running. How long it has is a setting of the group's hook: no deadline. */
const LEAVING = new Set(["Terminated", "Warmed:Terminated", "Warmed:Stopped", "Warmed:Hibernated"]);

/** The state that the Auto Scaling group wants this instance to be in: scale-in, rebalancing, instance refresh. */
export const lifecycleState = ({ metadata, clock, events }: MetadataParts): StopSource =>
  polledSource({
    ...{ kind: "lifecycle", clock, events },
    look: async (signal): Promise<Found> => {
      const answer = await metadata.get("autoscaling/target-lifecycle-state", signal);
      if (answer.kind === "absent") return { kind: "nothing" };
      if (answer.kind !== "found") return answer;
      if (!LEAVING.has(answer.text.trim())) return { kind: "nothing" };
      return { kind: "notice", notice: { source: "lifecycle-terminated", atMs: clock.nowMs() } };
    },
  });
