/** Every suite, on the AWS adapters over whatever answers at given addresses. */
import { randomUUID } from "node:crypto";
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toItem } from "../../services/adapters/aws/item.ts";
import { provision } from "../../services/adapters/aws/provision.ts";
import type { RunId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { keys } from "../../services/contract/tables.ts";
import { sha256 } from "../../services/core/digest.ts";
import { type AwsAddresses, type AwsDeployment, awsDeployment } from "../support/aws-deployment.ts";
import { backlogStoreContract } from "./backlog-store.contract.ts";
import { batchStoreContract } from "./batch-store.contract.ts";
import { budgetStoreContract } from "./budget-store.contract.ts";
import { contentStoreContract } from "./content-store.contract.ts";
import { fleetStoreContract } from "./fleet-store.contract.ts";
import { historyStoreContract } from "./history-store.contract.ts";
import { keyStoreContract } from "./key-store.contract.ts";
import { leaseStoreContract } from "./lease-store.contract.ts";
import { ledgerStoreContract } from "./ledger-store.contract.ts";
import { limiterStoreContract } from "./limiter-store.contract.ts";
import { memoStoreContract } from "./memo-store.contract.ts";
import { metricStoreContract } from "./metric-store.contract.ts";
import { objectStoreContract } from "./object-store.contract.ts";
import { queueContract } from "./queue.contract.ts";
import { runIndexContract } from "./run-index.contract.ts";
import { runStoreContract } from "./run-store.contract.ts";
import { scalingStoresContract } from "./scaling-stores.contract.ts";

/** Servers to test against; `stop` ends what was started for the tests. */
export type AwsUnderTest = AwsAddresses & { stop(): Promise<void> };

export function awsContracts(name: string, start: () => Promise<AwsUnderTest>): void {
  describe(name, () => {
    let servers: AwsUnderTest;
    let made: AwsDeployment;
    const cleanUps: (() => Promise<void>)[] = [];
    beforeAll(async () => {
      servers = await start();
      cleanUps.unshift(() => servers.stop());
      made = await awsDeployment(servers);
      cleanUps.unshift(() => made.dispose());
    });
    afterAll(async () => {
      for (const cleanUp of cleanUps) await cleanUp();
    });
    const dispose = async () => undefined;
    /** Gives a head a state that this version does not know. */
    const spoil = async (id: RunId) => {
      const write = {
        ...{ UpdateExpression: "SET #state = :state", ExpressionAttributeNames: { "#state": "state" } },
        ExpressionAttributeValues: toItem({ ":state": "ASLEEP" }),
      };
      await made.clients.dynamodb.send(
        new UpdateItemCommand({ TableName: made.table, Key: toItem(keys.head(id)), ...write }),
      );
    };

    runStoreContract(name, async () => ({ port: made.stores.runs, loseAnswer: made.loseAnswer, spoil, dispose }));
    runIndexContract(name, async () => ({ port: made.stores.index, runs: made.stores.runs, dispose }));
    historyStoreContract(name, async () => ({ port: made.stores.history, dispose }));
    contentStoreContract(name, async () => ({ port: made.stores.contents, dispose }));
    fleetStoreContract(name, async () => ({ port: made.stores.fleet, dispose }));
    keyStoreContract(name, async () => ({ port: made.stores.keys, dispose }));
    scalingStoresContract(name, async () => ({ port: made.stores.scalingStores, dispose }));
    backlogStoreContract(name, async () => ({ port: made.stores.backlog, dispose }));
    leaseStoreContract(name, async () => ({ port: made.stores.leases, dispose }));
    metricStoreContract(name, async () => ({ port: made.stores.metrics, dispose }));
    ledgerStoreContract(name, async () => ({ port: made.stores.ledger, dispose }));
    budgetStoreContract(name, async () => ({ port: made.stores.budgets, loseAnswer: made.loseAnswer, dispose }));
    limiterStoreContract(name, async () => ({ port: made.stores.limiter, loseAnswer: made.loseOnce, dispose }));
    batchStoreContract(name, async () => ({ port: made.stores.batches, dispose }));
    memoStoreContract(name, async () => ({ port: made.stores.memo, dispose }));
    objectStoreContract(name, async () => ({ port: made.stores.objects, dispose }));
    queueContract(name, () => made.newQueue());

    test("texts that together are larger than an answer may be are all read, at once", async () => {
      const texts = Array.from({ length: 60 }, () => randomUUID().repeat(limits.inlineBytes / 36 - 1));
      const put = texts.map((text) => ({ digest: sha256(text), text }));
      await made.stores.contents.put(put, made.clock.nowMs());
      const got = await Promise.all(put.map(({ digest }) => made.stores.contents.get(digest)));
      expect(got.every((text, i) => text === texts[i])).toBe(true);
    });

    test("provisioning again changes nothing and gives the same queues", async () => {
      const { clients, table, bucket, clock } = made;
      const { dynamodb: dynamo, sqs, s3 } = clients;
      const again = () => provision({ dynamo, sqs, s3, table, bucket, clock, queueSuffix: `-${table}` });
      expect(await again()).toEqual(await again());
    });
  });
}
