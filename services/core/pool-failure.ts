/** What AWS tells of launches that failed, as the answer of a pool that its breaker understands. Pure. */
import type { PoolAnswer } from "../contract/capacity.ts";
import { limits } from "../contract/limits.ts";
import type { PoolFailure } from "../contract/pool-failures.ts";
import type { PoolSettings } from "../contract/pool-settings.ts";

type Kind = PoolAnswer["kind"];

/** Codes of EC2 and ECS within their sentences. What is none of them is no capacity either: the pool gives nothing. */
const WORDS: readonly (readonly [RegExp, Kind])[] = [
  [/RequestLimitExceeded|Throttling|RequestThrottled/, "throttled"],
  [/VcpuLimitExceeded|MaxSpotInstanceCountExceeded|InstanceLimitExceeded|LimitExceeded|RESOURCE:QUOTA/, "quota"],
];

const kindOf = (because: string): Kind => WORDS.find(([words]) => words.test(because))?.[1] ?? "no-capacity";

/** The answer, where the event is about a pool of ours. */
export function answerOf(event: PoolFailure, { names }: Pick<PoolSettings, "names">): PoolAnswer | undefined {
  const isGroup = event["detail-type"] === "EC2 Instance Launch Unsuccessful";
  if (!isGroup && event.detail.eventName !== "SERVICE_TASK_PLACEMENT_FAILURE") return undefined;
  const named = isGroup ? [event.detail.AutoScalingGroupName] : event.resources.map((arn) => arn.split("/").at(-1));
  const because = (isGroup ? event.detail.StatusMessage : event.detail.reason).slice(0, limits.detailChars);
  for (const pool of ["spot", "on-demand", "fargate-spot", "fargate"] as const)
    if (named.includes(names[pool])) return { pool, atMs: Date.parse(event.time), kind: kindOf(because), because };
  return undefined;
}
