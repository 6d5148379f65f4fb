/** The batches of a deployment: the Claude API has them; other platforms do without, and runs that may wait call like the others. */
import type { WorkerEnv } from "../../contract/env.ts";
import type { BatchModel } from "../../ports/batch-model.ts";
import { anthropicBatches } from "./anthropic-batches.ts";
import type { ApiKey } from "./api-key.ts";

type BatchEnv = Pick<WorkerEnv, "MUSTER_PLATFORM" | "ANTHROPIC_BASE_URL">;

export function batchesFromEnv(env: BatchEnv, apiKey: ApiKey | undefined): BatchModel | undefined {
  const { MUSTER_PLATFORM: platform, ANTHROPIC_BASE_URL: baseURL } = env;
  return platform === "anthropic" && apiKey !== undefined ? anthropicBatches({ apiKey, baseURL }) : undefined;
}
