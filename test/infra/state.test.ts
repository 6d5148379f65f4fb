import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { namesOf } from "../../lib/config/names.ts";
import type { Keeping } from "../../lib/constructs/keeping.ts";
import { StateStack } from "../../lib/stacks/state.ts";
import { controllerEnv } from "../../services/contract/env.ts";
import { digest, lanes, runId, tenantId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { queueNames } from "../../services/contract/queues.ts";
import { keys, keyTypes, objectPrefixes, objects, table } from "../../services/contract/tables.ts";

const { context } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8")));

const outdir = mkdtempSync(join(tmpdir(), "muster-synth-"));
afterAll(() => rmSync(outdir, { recursive: true }));

function synth(keeping?: Keeping) {
  const app = new App({ outdir: mkdtempSync(join(outdir, "app-")), context, builtinCloudFormationValidation: false });
  const state = new StateStack(app, "State", {
    names: namesOf("muster"),
    ...(keeping === undefined ? {} : { keeping }),
  });
  const users = new Stack(app, "Users");
  const role = (id: string) => new Role(users, id, { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
  const granted = {
    user: role("User"),
    sender: role("Sender"),
    receiver: role("Receiver"),
    measurer: role("Measurer"),
    undertaker: role("Undertaker"),
  };
  state.grantUse(granted.user);
  state.queues.grantSend(granted.sender);
  state.queues.grantReceive(granted.receiver);
  state.queues.grantMeasure(granted.measurer);
  state.queues.grantDeadLetters(granted.undertaker);
  return { state, template: Template.fromStack(state), users: Template.fromStack(users) };
}

const kept = synth();
const disposed = synth("dispose");

const SEC = 1_000;
const policyOf = (roleName: string) => {
  const policies = Object.entries(kept.users.findResources("AWS::IAM::Policy"));
  const found = policies.find(([id]) => id.startsWith(`${roleName}DefaultPolicy`));
  return z
    .object({
      Properties: z.object({
        PolicyDocument: z.object({ Statement: z.array(z.looseObject({ Action: z.unknown() })) }),
      }),
    })
    .parse(found?.[1]).Properties.PolicyDocument.Statement;
};
const actionsOf = (roleName: string): string[] =>
  [
    ...new Set(policyOf(roleName).flatMap(({ Action }) => z.union([z.string(), z.array(z.string())]).parse(Action))),
  ].sort();

describe("the table", () => {
  test("has the keys, the indexes and the expiry of the contract, and no more", () => {
    kept.template.resourceCountIs("AWS::DynamoDB::Table", 1);
    kept.template.hasResourceProperties("AWS::DynamoDB::Table", {
      AttributeDefinitions: Match.arrayEquals(
        Object.entries(keyTypes).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      ),
      KeySchema: [
        { AttributeName: table.pk, KeyType: "HASH" },
        { AttributeName: table.sk, KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: table.byTenant.name,
          KeySchema: [
            { AttributeName: table.byTenant.pk, KeyType: "HASH" },
            { AttributeName: table.byTenant.sk, KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: [...table.byTenant.include] },
        },
        {
          IndexName: table.byHolder.name,
          KeySchema: [
            { AttributeName: table.byHolder.pk, KeyType: "HASH" },
            { AttributeName: table.byHolder.sk, KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
        {
          IndexName: table.byDeadline.name,
          KeySchema: [
            { AttributeName: table.byDeadline.pk, KeyType: "HASH" },
            { AttributeName: table.byDeadline.sk, KeyType: "RANGE" },
          ],
          Projection: { ProjectionType: "KEYS_ONLY" },
        },
      ],
      TimeToLiveSpecification: { AttributeName: table.ttl, Enabled: true },
      BillingMode: "PAY_PER_REQUEST",
    });
  });

  test("can be recovered and is not deleted by mistake", () => {
    kept.template.hasResource("AWS::DynamoDB::Table", {
      Properties: {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      },
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
    });
  });

  test("of a trial goes with its stack, and can still be recovered", () => {
    disposed.template.hasResource("AWS::DynamoDB::Table", {
      Properties: {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: false,
      },
      DeletionPolicy: "Delete",
    });
    expect([kept.state.terminationProtection, disposed.state.terminationProtection]).toEqual([true, false]);
  });
});

describe.each(lanes)("the queue of lane %s", (lane) => {
  const { name, deadLetter } = queueNames[lane];
  const arnOfSource = { "Fn::Join": ["", Match.arrayWith([`:${name}`])] };

  test("has the times of the contract and a dead letter queue that takes from it alone and keeps longer", () => {
    const dead = kept.template.findResources("AWS::SQS::Queue", { Properties: { QueueName: deadLetter } });
    expect(Object.keys(dead)).toHaveLength(1);
    kept.template.hasResourceProperties("AWS::SQS::Queue", {
      QueueName: name,
      VisibilityTimeout: limits.visibilityMs / SEC,
      ReceiveMessageWaitTimeSeconds: limits.receiveWaitMs / SEC,
      MessageRetentionPeriod: limits.queueRetentionMs / SEC,
      SqsManagedSseEnabled: true,
      RedrivePolicy: {
        maxReceiveCount: limits.maxReceiveCount,
        deadLetterTargetArn: { "Fn::GetAtt": [Object.keys(dead)[0], "Arn"] },
      },
    });
    kept.template.hasResourceProperties("AWS::SQS::Queue", {
      QueueName: deadLetter,
      MessageRetentionPeriod: limits.deadLetterRetentionMs / SEC,
      RedrivePolicy: Match.absent(),
      RedriveAllowPolicy: { redrivePermission: "byQueue", sourceQueueArns: [arnOfSource] },
    });
    expect(limits.deadLetterRetentionMs).toBeGreaterThan(limits.queueRetentionMs);
  });

  test.each([name, deadLetter])("%s is reached over TLS only", (queueName) => {
    const [id] = Object.keys(kept.template.findResources("AWS::SQS::Queue", { Properties: { QueueName: queueName } }));
    kept.template.hasResourceProperties("AWS::SQS::QueuePolicy", {
      Queues: [{ Ref: id }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: "Deny",
            Action: "sqs:*",
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
        ]),
      },
    });
  });
});

test("there are no queues but those of the lanes", () => {
  kept.template.resourceCountIs("AWS::SQS::Queue", 2 * lanes.length);
});

describe("the bucket", () => {
  test("is private, encrypted, reached over TLS only, and kept", () => {
    kept.template.hasResource("AWS::S3::Bucket", {
      Properties: {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: Match.objectLike({}),
      },
      DeletionPolicy: "Retain",
    });
    kept.template.hasResourceProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: "Deny", Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
        ]),
      },
    });
  });

  test("lets texts of runs go after the longest life of a run, and documents never", () => {
    const days = (limits.deadlineMaxMs + limits.keepEndedMs) / (24 * 60 * 60 * SEC);
    const rules = z
      .array(z.looseObject({ Prefix: z.string().optional(), ExpirationInDays: z.int().optional() }))
      .parse(Object.values(kept.template.findResources("AWS::S3::Bucket"))[0]?.Properties.LifecycleConfiguration.Rules);
    const expiring = rules.filter((rule) => rule.ExpirationInDays !== undefined);
    const { content, runs, costs } = objectPrefixes;
    expect(expiring.map((rule) => rule.Prefix)).toEqual([content, runs, `${costs}BOOKS`, costs]);
    for (const rule of expiring) expect(rule.ExpirationInDays).toBeGreaterThan(days);
  });

  test("every object key that the contract makes lies under a prefix with a rule of its own", () => {
    const hash = digest.parse("0".repeat(64));
    const run = runId.parse(`run_${"a".repeat(26)}`);
    expect(objects.content(hash).startsWith(objectPrefixes.content)).toBe(true);
    expect(objects.turn(run, 1, 1).startsWith(objectPrefixes.runs)).toBe(true);
    expect(objects.tool(run, "toolu_1").startsWith(objectPrefixes.runs)).toBe(true);
    expect(objects.document(tenantId.parse("acme"), "a.txt")).toBe("documents/acme/a.txt");
    expect(objects.costs(keys.book(7, "w_1"), hash).startsWith(`${objectPrefixes.costs}BOOKS`)).toBe(true);
    expect(objects.costs(keys.daySheet("2026-10-01"), hash).startsWith(objectPrefixes.costs)).toBe(true);
  });
});

describe("what the state hands out", () => {
  test("is every variable of the shared environment that names a resource", () => {
    const wanted = Object.keys(controllerEnv.shape).filter((name) =>
      /^MUSTER_(TABLE|BUCKET|QUEUE_(?!SIZE)|DEAD_)/.test(name),
    );
    const handed = { ...kept.state.stateEnv, ...kept.state.queues.deadEnv };
    expect(Object.keys(handed).sort()).toEqual(wanted.sort());
  });

  test("is what each kind of entry calls, and neither scans nor administration", () => {
    expect(actionsOf("User")).toEqual(
      [
        ...["BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"].map(
          (action) => `dynamodb:${action}`,
        ),
        "s3:GetObject",
        "s3:ListBucket",
        "s3:PutObject",
      ].sort(),
    );
    expect(actionsOf("Sender")).toEqual(["sqs:SendMessage"]);
    expect(actionsOf("Receiver")).toEqual(["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"]);
    expect(actionsOf("Measurer")).toEqual(["sqs:GetQueueAttributes"]);
    expect(actionsOf("Undertaker")).toEqual(["sqs:DeleteMessage", "sqs:ReceiveMessage"]);
  });

  test("covers the indexes, and never every resource", () => {
    for (const { name } of [table.byTenant, table.byHolder, table.byDeadline])
      expect(JSON.stringify(policyOf("User"))).toContain(`/index/${name}`);
    for (const role of ["User", "Sender", "Receiver", "Measurer", "Undertaker"]) {
      for (const statement of policyOf(role)) expect(statement.Resource).not.toBe("*");
    }
  });
});

test("the installed CDK command line is of major version 2: 3.0.0 was published by mistake and cannot read our assembly", () => {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(new URL("../../node_modules/aws-cdk/package.json", import.meta.url), "utf8")));
  expect(version).toMatch(/^2\./);
});
