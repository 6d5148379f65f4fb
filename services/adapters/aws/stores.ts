/** Every port over the table and the bucket of a deployment. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import type { BacklogStore } from "../../ports/backlog-store.ts";
import type { BatchStore } from "../../ports/batch-store.ts";
import type { BudgetStore } from "../../ports/budget-store.ts";
import type { Chance, Clock } from "../../ports/clock.ts";
import type { ContentStore } from "../../ports/content-store.ts";
import type { FleetStore } from "../../ports/fleet-store.ts";
import type { HistoryStore } from "../../ports/history-store.ts";
import type { KeyStore } from "../../ports/key-store.ts";
import type { LeaseStore } from "../../ports/lease-store.ts";
import type { LedgerStore } from "../../ports/ledger-store.ts";
import type { LimiterStore } from "../../ports/limiter-store.ts";
import type { MemoStore } from "../../ports/memo-store.ts";
import type { MetricStore } from "../../ports/metric-store.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import type { RunIndex } from "../../ports/run-index.ts";
import type { RunStore } from "../../ports/run-store.ts";
import type { ScalingStores } from "../../ports/scaling-stores.ts";
import { dynamoBacklogStore } from "./backlog-store.ts";
import { dynamoBatchStore } from "./batch-store.ts";
import { dynamoBudgetStore } from "./budget-store.ts";
import { dynamoContentStore } from "./content-store.ts";
import { dynamoFleetStore } from "./fleet-store.ts";
import { dynamoHistoryStore } from "./history-store.ts";
import { dynamoKeyStore } from "./key-store.ts";
import { dynamoLeaseStore } from "./lease-store.ts";
import { dynamoLedgerStore } from "./ledger-store.ts";
import { dynamoLimiterStore } from "./limiter-store.ts";
import { dynamoMemoStore } from "./memo-store.ts";
import { dynamoMetricStore } from "./metric-store.ts";
import { s3ObjectStore } from "./object-store.ts";
import { dynamoRunIndex } from "./run-index.ts";
import { dynamoRunStore } from "./run-store.ts";
import { dynamoScalingStores } from "./scaling-stores.ts";
import { tableIo } from "./table-io.ts";

export type AwsStoresOptions = {
  /** Its own request timeout bounds every call. */
  readonly dynamo: DynamoDBClient;
  /** The same without retries, for what must not happen twice. */
  readonly once: DynamoDBClient;
  /** Called at the first use of an object: loading the client is slow and most processes never need it. */
  readonly s3: () => Promise<S3Client>;
  readonly table: string;
  readonly bucket: string;
  readonly clock: Clock;
  /** Spreads the waits before what DynamoDB left unprocessed is tried again. */
  readonly chance: Chance;
};

export type AwsStores = {
  readonly runs: RunStore;
  readonly index: RunIndex;
  readonly history: HistoryStore;
  readonly contents: ContentStore;
  readonly fleet: FleetStore;
  readonly keys: KeyStore;
  readonly backlog: BacklogStore;
  readonly leases: LeaseStore;
  readonly metrics: MetricStore;
  readonly ledger: LedgerStore;
  readonly limiter: LimiterStore;
  readonly memo: MemoStore;
  readonly batches: BatchStore;
  readonly budgets: BudgetStore;
  readonly objects: ObjectStore;
  readonly scalingStores: ScalingStores;
};

/** Makes the ports. They share batches, so make them once for a process. */
export function awsStores({ dynamo, once, s3, table, bucket, clock, chance }: AwsStoresOptions): AwsStores {
  const io = tableIo({ dynamo, table, clock, chance });
  const objects = s3ObjectStore({ s3, bucket });
  return {
    runs: dynamoRunStore(io),
    index: dynamoRunIndex(io),
    history: dynamoHistoryStore({ io, objects, clock }),
    contents: dynamoContentStore(io, objects),
    fleet: dynamoFleetStore({ io, clock }),
    keys: dynamoKeyStore(io),
    backlog: dynamoBacklogStore(io),
    leases: dynamoLeaseStore(io),
    metrics: dynamoMetricStore({ io, dynamo: once, table }),
    ledger: dynamoLedgerStore({ io, objects }),
    budgets: dynamoBudgetStore(io),
    limiter: dynamoLimiterStore({ dynamo: once, table }),
    memo: dynamoMemoStore(io),
    batches: dynamoBatchStore(io),
    scalingStores: dynamoScalingStores(io),
    objects,
  };
}
