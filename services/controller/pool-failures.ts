/** Hands on what AWS tells of launches that failed: whoever scales asks elsewhere. */
import type { PoolAnswer } from "../contract/capacity.ts";
import { poolFailure } from "../contract/pool-failures.ts";
import type { PoolSettings } from "../contract/pool-settings.ts";
import { answerOf } from "../core/pool-failure.ts";

/** Which pools are ours, and who is told. */
export type PoolListener = {
  readonly settings: Pick<PoolSettings, "names">;
  tell(answer: PoolAnswer): Promise<void>;
};

/** Takes one event as EventBridge delivers it; false when it says nothing about a pool of ours. Throws when nobody could be told. */
export async function applyPoolFailure({ settings, tell }: PoolListener, input: unknown): Promise<boolean> {
  const { data: event } = poolFailure.safeParse(input);
  const answer = event && answerOf(event, settings);
  if (answer === undefined) return false;
  await tell(answer);
  return true;
}
