/** Makes what a deployment stands on where no CDK does: for the local twin and for tests. Doing it again is no error. */
import {
  type AttributeDefinition,
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Lane } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { keyTypes, table as schema } from "../../contract/tables.ts";
import type { Clock } from "../../ports/clock.ts";
import { call, errorName } from "./call.ts";
import { provisionQueues } from "./provision-queues.ts";

export type ProvisionOptions = {
  readonly dynamo: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: () => Promise<S3Client>;
  readonly table: string;
  /** Undefined when somebody else makes it. */
  readonly bucket: string | undefined;
  readonly clock: Clock;
  /** Put after every queue's name, so that several deployments share an account; none by default. */
  readonly queueSuffix?: string;
};

/** Makes the table (and waits until it can be used), the queues and the bucket; gives the queues' addresses. */
export async function provision(options: ProvisionOptions): Promise<{ readonly urls: Record<Lane, string> }> {
  const [urls] = await Promise.all([
    provisionQueues(options.sqs, options.queueSuffix ?? ""),
    provisionTable(options),
    options.bucket === undefined ? undefined : provisionBucket(options.s3, options.bucket),
  ]);
  return { urls };
}

const hash = (AttributeName: string): KeySchemaElement => ({ AttributeName, KeyType: "HASH" });
const range = (AttributeName: string): KeySchemaElement => ({ AttributeName, KeyType: "RANGE" });

async function provisionTable({ dynamo, table, clock }: ProvisionOptions): Promise<void> {
  const { byTenant, byHolder, byDeadline } = schema;
  const command = new CreateTableCommand({
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: Object.entries(keyTypes).map(
      ([AttributeName, AttributeType]): AttributeDefinition => ({ AttributeName, AttributeType }),
    ),
    KeySchema: [hash(schema.pk), range(schema.sk)],
    GlobalSecondaryIndexes: [
      {
        IndexName: byTenant.name,
        KeySchema: [hash(byTenant.pk), range(byTenant.sk)],
        Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: [...byTenant.include] },
      },
      {
        IndexName: byHolder.name,
        KeySchema: [hash(byHolder.pk), range(byHolder.sk)],
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
      {
        IndexName: byDeadline.name,
        KeySchema: [hash(byDeadline.pk), range(byDeadline.sk)],
        Projection: { ProjectionType: "KEYS_ONLY" },
      },
    ],
  });
  // An emulator may load its DynamoDB at the first call.
  const creating = dynamo.send(command, { requestTimeout: limits.provisionMs });
  await unlessThere("CreateTable", creating, ["ResourceInUseException"]);
  const untilMs = clock.monotonicMs() + limits.provisionMs;
  for (;;) {
    const answer = await call("DescribeTable", dynamo.send(new DescribeTableCommand({ TableName: table })));
    if (answer.Table?.TableStatus === "ACTIVE") return refuseOlder(answer.Table);
    if (clock.monotonicMs() >= untilMs) throw new Error(`table ${table} is ${answer.Table?.TableStatus}, not ACTIVE`);
    await clock.sleep(limits.provisionPollMs);
  }
}

/** A table of an older version lacks an index, and its heads what the index needs: the runs in it could not be found. */
function refuseOlder({ TableName, GlobalSecondaryIndexes: there = [] }: TableDescription): void {
  const missing = [schema.byTenant, schema.byHolder, schema.byDeadline]
    .map(({ name }) => name)
    .filter((name) => there.every(({ IndexName }) => IndexName !== name));
  if (missing.length > 0)
    throw new Error(`table ${TableName} has no index ${missing.join(", ")}: an older version made it; use a new one`);
}

async function provisionBucket(s3: ProvisionOptions["s3"], bucket: string): Promise<void> {
  const [client, { BucketLocationConstraint, CreateBucketCommand }] = await Promise.all([
    s3(),
    import("@aws-sdk/client-s3"),
  ]);
  const region = await client.config.region();
  const LocationConstraint = Object.values(BucketLocationConstraint).find((known) => known === region);
  const command = new CreateBucketCommand({
    Bucket: bucket,
    ...(LocationConstraint ? { CreateBucketConfiguration: { LocationConstraint } } : {}),
  });
  await unlessThere("CreateBucket", client.send(command), ["BucketAlreadyOwnedByYou"]);
}

/** Awaits a creation; that the thing is there already is fine. */
async function unlessThere(operation: string, answer: Promise<unknown>, there: readonly string[]): Promise<void> {
  try {
    await answer;
  } catch (cause) {
    if (!there.includes(errorName(cause))) throw new Error(`${operation}: ${errorName(cause)}`, { cause });
  }
}
