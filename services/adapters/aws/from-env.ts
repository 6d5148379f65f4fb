/** Every AWS-backed port of one process, from its parsed environment. Credentials come from the SDK's own chain. */
import type { AwsEnv } from "../../contract/env.ts";
import type { Chance, Clock } from "../../ports/clock.ts";
import { awsClients } from "./clients.ts";
import { sqsQueue } from "./queue.ts";
import { awsStores } from "./stores.ts";

/** Connections of each client. Micro-batching keeps few calls in flight; this bounds a burst of claims. */
const MAX_SOCKETS = 100;

export function awsFromEnv(env: AwsEnv, clock: Clock, chance: Chance) {
  const all = env.AWS_ENDPOINT_URL;
  const dynamodb = env.AWS_ENDPOINT_URL_DYNAMODB ?? all;
  const sqs = env.AWS_ENDPOINT_URL_SQS ?? all;
  const s3 = env.AWS_ENDPOINT_URL_S3 ?? all;
  const clients = awsClients({
    region: env.AWS_REGION,
    endpoints: {
      ...(dynamodb === undefined ? {} : { dynamodb }),
      ...(sqs === undefined ? {} : { sqs }),
      ...(s3 === undefined ? {} : { s3 }),
    },
    maxSockets: MAX_SOCKETS,
    now: () => new Date(clock.nowMs()),
  });
  const stores = awsStores({
    dynamo: clients.dynamodb,
    once: clients.once,
    s3: clients.s3,
    table: env.MUSTER_TABLE,
    bucket: env.MUSTER_BUCKET,
    clock,
    chance,
  });
  const urls = { high: env.MUSTER_QUEUE_HIGH, normal: env.MUSTER_QUEUE_NORMAL, low: env.MUSTER_QUEUE_LOW };
  const { MUSTER_DEAD_HIGH: high, MUSTER_DEAD_NORMAL: normal, MUSTER_DEAD_LOW: low } = env;
  const dead = high === undefined || normal === undefined || low === undefined ? undefined : { high, normal, low };
  const deadLetters = dead && sqsQueue({ sqs: clients.sqs, urls: dead });
  const queue = sqsQueue({ sqs: clients.sqs, urls });
  const credentials = () => clients.dynamodb.config.credentials();
  return { ...stores, queue, deadLetters, credentials, close: clients.destroy };
}
