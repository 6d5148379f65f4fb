/** Makes what the programs stand on: table, queues, bucket, the first API key. Also finds who is left of an earlier life. */
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { controllerEnv, parseEnv } from "../contract/env.ts";
import type { Lane, WorkerId } from "../contract/ids.ts";
import { tenantId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { isAlive } from "../core/alive.ts";
import { apiKeyBytes, apiKeyOf, storedKey } from "../core/api-key.ts";
import { sha256 } from "../core/digest.ts";
import type { Clock } from "../ports/clock.ts";
import type { FleetStore } from "../ports/fleet-store.ts";
import type { KeyStore } from "../ports/key-store.ts";
import type { DataFolder } from "./data-folder.ts";
import type { Environment } from "./stand-ins.ts";

/** Connections for these few calls. */
const SOCKETS = 10;

/** Tenant of the key that the first start makes. */
export const LOCAL_TENANT = tenantId.parse("local");

/** What the twin starts with: queue addresses, the key of its first tenant, workers of an earlier life. */
export type Prepared = {
  readonly urls: Record<Lane, string>;
  readonly apiKey: string;
  readonly former: readonly WorkerId[];
};

/** The folder's key, or a new one; either way the store knows it afterwards. */
async function operatorKey(folder: DataFolder, store: KeyStore, clock: Clock): Promise<string> {
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
async function formerWorkers(fleet: FleetStore): Promise<WorkerId[]> {
  const shards = Array.from({ length: limits.fleetShards }, (_, shard) => fleet.workers(shard));
  const workers = (await Promise.all(shards)).flat();
  return workers.filter(isAlive).map((worker) => worker.workerId);
}

/** What the supervisor knows of the stores: `embedded` ones take fixed keys and listen once the promise resolves. */
export type Stores =
  | {
      readonly kind: "embedded";
      readonly access: { accessKeyId: string; secretAccessKey: string };
      readonly listen: Promise<unknown>;
    }
  | { readonly kind: "elsewhere" };

/**
 * Makes everything that is missing, in the stores that `env` names. Loads the SDK at the call, not at the start of the
 * supervisor: the children load theirs and the stores start at the same time.
 */
export async function prepare(
  env: Environment,
  folder: DataFolder,
  given: { clock: Clock; stores: Stores },
): Promise<Prepared> {
  const [{ awsClients }, { awsStores }, { provision }, { systemChance }] = await Promise.all([
    import("../adapters/aws/clients.ts"),
    import("../adapters/aws/stores.ts"),
    import("../adapters/aws/provision.ts"),
    import("../adapters/system/chance.ts"),
  ]);
  const { clock, stores } = given;
  const parsed = parseEnv(controllerEnv, env);
  const { MUSTER_TABLE: table, MUSTER_BUCKET: bucket } = parsed;
  const at = {
    dynamodb: parsed.AWS_ENDPOINT_URL_DYNAMODB,
    sqs: parsed.AWS_ENDPOINT_URL_SQS,
    s3: parsed.AWS_ENDPOINT_URL_S3,
  };
  const clients = awsClients({
    region: parsed.AWS_REGION,
    ...(at.dynamodb === undefined || at.sqs === undefined || at.s3 === undefined
      ? {}
      : { endpoints: { dynamodb: at.dynamodb, sqs: at.sqs, s3: at.s3 } }),
    ...(stores.kind === "embedded" ? { credentials: stores.access } : {}),
    maxSockets: SOCKETS,
    now: () => new Date(clock.nowMs()),
  });
  if (stores.kind === "embedded") await stores.listen;
  try {
    const { dynamodb: dynamo, sqs, s3 } = clients;
    const plain = stores.kind === "embedded" && at.s3 !== undefined ? putBucket(`${at.s3}/${bucket}`) : undefined;
    const { urls } = await provision({
      dynamo,
      sqs,
      s3,
      clock,
      table,
      bucket: plain === undefined ? bucket : undefined,
    });
    const { keys, fleet } = awsStores({ dynamo, once: clients.once, s3, table, bucket, clock, chance: systemChance });
    const [apiKey, former] = await Promise.all([operatorKey(folder, keys, clock), formerWorkers(fleet), plain]);
    return { urls, apiKey, former };
  } finally {
    clients.destroy();
  }
}

/** Makes the bucket of the embedded server, which checks no signature: the S3 client alone is a tenth of a start. */
function putBucket(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const put = request(url, { method: "PUT" }, (answer) => {
      answer.resume();
      const { statusCode = 0 } = answer;
      if (statusCode === 200 || statusCode === 409) resolve();
      else reject(new Error(`the bucket was not made: ${statusCode}`));
    });
    put.once("error", reject);
    put.end();
  });
}
