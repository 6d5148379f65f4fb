/** Makes what the programs stand on: table, queues, bucket, the first API key. Also finds who is left of an earlier life. */
import { randomBytes } from "node:crypto";
import { controllerEnv, parseEnv } from "../contract/env.ts";
import type { Lane, WorkerId } from "../contract/ids.ts";
import { tenantId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { apiKeyBytes, apiKeyOf, storedKey } from "../core/api-key.ts";
import { sha256 } from "../core/digest.ts";
import type { Clock } from "../ports/clock.ts";
import type { FleetStore } from "../ports/fleet-store.ts";
import type { KeyStore } from "../ports/key-store.ts";
import type { DataFolder } from "./data-folder.ts";
import type { Environment } from "./stand-ins.ts";

/** Tenant of the key that the first start makes. */
export const LOCAL_TENANT = tenantId.parse("local");

export type Prepared = {
  readonly urls: Record<Lane, string>;
  readonly apiKey: string;
  readonly former: readonly WorkerId[];
};

/** The folder's key, or a new one; either way the store knows it afterwards. */
export async function operatorKey(folder: DataFolder, store: KeyStore, clock: Clock): Promise<string> {
  const kept = folder.apiKey();
  const key = kept ?? apiKeyOf(randomBytes(apiKeyBytes));
  if ((await store.find(sha256(key))) === undefined) {
    const owner = { tenant: LOCAL_TENANT, role: "operator", name: "made by the first npm start" } as const;
    await store.put(storedKey(key, owner, clock.nowMs()));
  }
  if (kept === undefined) folder.keepApiKey(key);
  return key;
}

/** Workers in the table that are not buried. Asked before the first worker of this life starts: they are all gone. */
export async function formerWorkers(fleet: FleetStore): Promise<WorkerId[]> {
  const shards = Array.from({ length: limits.fleetShards }, (_, shard) => fleet.workers(shard));
  const workers = (await Promise.all(shards)).flat();
  return workers.filter((worker) => worker.buriedAtMs === undefined).map((worker) => worker.workerId);
}

/**
 * Makes everything that is missing, in the stores that `env` names. Loads the SDK at the call, not at the start of the
 * supervisor: by then the children load theirs.
 */
export async function prepare(env: Environment, folder: DataFolder, clock: Clock): Promise<Prepared> {
  const [{ awsFromEnv }, { provision }, { systemChance }] = await Promise.all([
    import("../adapters/aws/from-env.ts"),
    import("../adapters/aws/provision.ts"),
    import("../adapters/system/chance.ts"),
  ]);
  const parsed = parseEnv(controllerEnv, env);
  const { keys, fleet, clients, close } = awsFromEnv(parsed, clock, systemChance);
  try {
    const { dynamodb: dynamo, sqs, s3 } = clients;
    const { urls } = await provision({
      ...{ dynamo, sqs, s3, clock },
      table: parsed.MUSTER_TABLE,
      bucket: parsed.MUSTER_BUCKET,
    });
    const [apiKey, former] = await Promise.all([operatorKey(folder, keys, clock), formerWorkers(fleet)]);
    return { urls, apiKey, former };
  } finally {
    close();
  }
}
