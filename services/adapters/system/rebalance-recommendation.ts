import { z } from "zod";
import type { StopSource } from "../../ports/stop-source.ts";
import { parseJson } from "./parse-json.ts";
import { type Found, polledSource } from "./polled-source.ts";
import type { MetadataParts } from "./spot-notice.ts";

const recommendation = z.object({ noticeTime: z.string() });

/** EC2's hint that a Spot interruption has become likely: no new runs here, those that there are may well finish. */
export const rebalanceRecommendation = ({ metadata, clock, events }: MetadataParts): StopSource =>
  polledSource({
    ...{ kind: "rebalance", clock, events },
    look: async (signal): Promise<Found> => {
      const answer = await metadata.get("events/recommendations/rebalance", signal);
      if (answer.kind === "absent") return { kind: "nothing" };
      if (answer.kind !== "found") return answer;
      if (!recommendation.safeParse(parseJson(answer.text)).success)
        return { kind: "failed", because: "events/recommendations/rebalance is not as documented" };
      return { kind: "notice", notice: { kind: "cordon", source: "rebalance", atMs: clock.nowMs() } };
    },
  });
