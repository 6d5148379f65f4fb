/**
 * The synthesised stacks, deployed to another endpoint's CloudFormation as far as it can: LocalStack's community edition. An
 * unsupported type would get CREATE_COMPLETE and the physical id "unknown" there, so what it cannot make is listed here with the
 * reason, taken out, and everything else is read back.
 */
import { randomUUID } from "node:crypto";
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  ListMetricsCommand,
  type Metric,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { HeadBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { awsAccount } from "../../services/adapters/aws/account.ts";
import { systemChance } from "../../services/adapters/system/chance.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import { runCli } from "../../services/cli/program.ts";
import { pool } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { metricNames, metricNamespace, metricOf, seriesOf } from "../../services/contract/metrics.ts";
import { type StackPart, stackName, stackParts } from "../../services/contract/stacks.ts";
import { keyTypes, table } from "../../services/contract/tables.ts";
import { sha256 } from "../../services/core/digest.ts";
import { emfLines } from "../../services/core/emf.ts";
import { cliContext } from "../support/cli-context.ts";
import { dataOfEmf } from "../support/emf-data.ts";
import { eventually } from "../support/eventually.ts";
import { type StackTemplate, templatesOfApp } from "../support/templates-of-app.ts";
import { withoutTypes } from "../support/without-types.ts";

const endpoint = process.env.AWS_ENDPOINT_URL ?? "";
const DEPLOY_MS = 60_000;
const ALL_MS = 600_000;

/** What LocalStack's community edition 2026.3 cannot make; a name that ends with `::` stands for all under it. */
const CANNOT: Readonly<Record<string, string>> = {
  "AWS::ApplicationAutoScaling::": "the service is not in the community edition",
  "AWS::AutoScaling::": "the service is not in the community edition",
  "AWS::CloudWatch::Dashboard": "no provider of this type",
  "AWS::EC2::FlowLog": "no provider of this type",
  "AWS::EC2::LaunchTemplate": "no provider of this type",
  "AWS::ECS::": "the service is not in the community edition",
  "AWS::Lambda::Function": "functions need Docker; test/infra runs the bundles under Node instead",
  "AWS::Lambda::EventInvokeConfig": "speaks of functions that are not made",
  "AWS::Lambda::Permission": "speaks of functions that are not made",
  "AWS::Logs::MetricFilter": "no provider of this type",
  "AWS::Logs::QueryDefinition": "no provider of this type",
  "Custom::VpcRestrictDefaultSG": "a function of the CDK makes it",
};
/** The method of event streams: AWS's address of streaming invocations is newer than this LocalStack, which refuses it. */
const isStreamed = (resource: object): boolean => JSON.stringify(resource).includes('"ResponseTransferMode":"STREAM"');
/** One value of every series of the catalogue, in the lines that processes write. */
function everySeries(installation: string): readonly string[] {
  const measured = metricNames.flatMap((name) =>
    seriesOf(name, pool.options).map((series) => {
      const { kind } = metricOf(name);
      if (kind === "distribution") return { ...series, kind, buckets: new Map([[3, { count: 2, sum: 80 }]]) };
      return { ...series, kind, number: 7 };
    }),
  );
  return emfLines(measured, { installation, nowMs: systemClock.nowMs() });
}

const dimensionsOf = ({ Dimensions = [] }: Pick<Metric, "Dimensions">): string =>
  Dimensions.map(({ Name, Value }) => `${Name}=${Value}`)
    .sort()
    .join();

/** Of these a deployment may have none: they belong to parts that come and go. */
const MAY_BE_ABSENT = ["AWS::CloudWatch::Dashboard", "AWS::Logs::MetricFilter", "AWS::Logs::QueryDefinition"];

describe.skipIf(endpoint === "")(
  `the stacks on ${endpoint || "another endpoint (AWS_ENDPOINT_URL is not set)"}`,
  () => {
    const name = `it-${randomUUID().slice(0, 6)}`;
    const shared = { endpoint, region: process.env.AWS_REGION ?? "us-east-1" };
    const cloudFormation = new CloudFormationClient(shared);
    const dropped = new Set<string>();
    let templates: Readonly<Record<string, StackTemplate>>;

    async function deploy(part: StackPart): Promise<void> {
      const StackName = stackName(name, part);
      const template = templates[part];
      if (template === undefined) throw new Error(`no template of ${part}`);
      const { body, types, picked } = withoutTypes(template, Object.keys(CANNOT), isStreamed);
      expect(picked, part).toBe(part === "Api" ? 1 : 0);
      for (const type of types) dropped.add(type);
      const Capabilities = ["CAPABILITY_IAM" as const, "CAPABILITY_NAMED_IAM" as const];
      await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody: body, Capabilities }));
      await eventually(async () => {
        const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
        const status = Stacks?.[0]?.StackStatus;
        if (status !== "CREATE_COMPLETE") throw new Error(`${StackName} is ${status}: ${await failures(StackName)}`);
      }, DEPLOY_MS);
    }

    async function failures(StackName: string): Promise<string> {
      const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
      const failed = StackEvents.filter(({ ResourceStatus = "" }) => ResourceStatus.endsWith("FAILED"));
      return failed.map((one) => `${one.LogicalResourceId}: ${one.ResourceStatusReason}`).join("; ");
    }

    beforeAll(async () => {
      templates = await templatesOfApp({ name, ...{ keeping: "dispose", worker: { image: "example.com/worker:1" } } });
      for (const part of stackParts) await deploy(part);
    }, ALL_MS);
    afterAll(async () => {
      for (const part of stackParts.toReversed())
        await cloudFormation.send(new DeleteStackCommand({ StackName: stackName(name, part) }));
      cloudFormation.destroy();
    }, DEPLOY_MS);

    test("everything is made but what is known not to be, and nothing is a silent fake", async () => {
      for (const part of stackParts) {
        const asked = new ListStackResourcesCommand({ StackName: stackName(name, part) });
        const { StackResourceSummaries: made = [] } = await cloudFormation.send(asked);
        expect(made.length, part).toBeGreaterThan(5);
        for (const { LogicalResourceId: id, ResourceType: type, PhysicalResourceId: physical } of made)
          expect(physical ?? "unknown", `${part} ${id} ${type}`).not.toBe("unknown");
      }
      const covers = (one: string) =>
        [...dropped].some((type) => (one.endsWith("::") ? type.startsWith(one) : type === one));
      for (const one of Object.keys(CANNOT)) expect(covers(one) || MAY_BE_ABSENT.includes(one), one).toBe(true);
    });

    test("the table has the keys and indexes of the contract", async () => {
      const { Table } = await new DynamoDBClient(shared).send(new DescribeTableCommand({ TableName: name }));
      const attributes = (Table?.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => [
        AttributeName,
        AttributeType,
      ]);
      expect(Object.fromEntries(attributes)).toEqual(keyTypes);
      expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort()).toEqual(
        [table.byTenant.name, table.byHolder.name, table.byDeadline.name].sort(),
      );
    });

    test("queues have their times and dead letter queues, and the bucket is there", async () => {
      const sqs = new SQSClient(shared);
      for (const lane of ["high", "normal", "low"]) {
        const QueueUrl = `${endpoint}/000000000000/${name}-${lane}`;
        const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
        expect(Attributes).toMatchObject({
          VisibilityTimeout: String(limits.visibilityMs / 1_000),
          MessageRetentionPeriod: String(limits.queueRetentionMs / 1_000),
        });
        expect(JSON.parse(Attributes?.RedrivePolicy ?? "{}")).toMatchObject({
          deadLetterTargetArn: expect.stringMatching(new RegExp(`:${name}-${lane}-dead$`)),
        });
      }
      const Bucket = `${name}-000000000000-${shared.region}`;
      await new S3Client({ ...shared, forcePathStyle: true }).send(new HeadBucketCommand({ Bucket }));
    });

    // Metric math is stored there and never evaluated: what the expressions say is asserted in test/infra.
    test("alarms are there, and each metric that they look at is one that our lines write, by the same dimensions", async () => {
      const cloudWatch = new CloudWatchClient(shared);
      for (const line of everySeries(name)) await cloudWatch.send(new PutMetricDataCommand(dataOfEmf(line)));
      const asked = new DescribeAlarmsCommand({ AlarmNamePrefix: `${name}-`, MaxRecords: 100 });
      const { MetricAlarms = [] } = await cloudWatch.send(asked);
      const made = stackParts.flatMap((part) => Object.values(templates[part]?.Resources ?? {}));
      expect(MetricAlarms).toHaveLength(made.filter(({ Type }) => Type === "AWS::CloudWatch::Alarm").length);
      const watched = MetricAlarms.flatMap(({ Metrics = [] }) => Metrics.flatMap(({ MetricStat }) => MetricStat ?? []));
      const own = watched.filter(({ Metric }) => Metric?.Namespace === metricNamespace);
      expect(own.length).toBeGreaterThan(10);
      for (const { Metric: { MetricName, Dimensions = [] } = {} } of own) {
        const series = { Namespace: metricNamespace, MetricName, Dimensions };
        const { Metrics = [] } = await cloudWatch.send(new ListMetricsCommand(series));
        // An alarm sees only what has exactly its dimensions; the listing is not that strict there.
        expect(Metrics.map(dimensionsOf), JSON.stringify(series)).toContain(dimensionsOf(series));
      }
      const heartbeat = own.find(({ Metric }) => Metric?.MetricName === "ControllerHeartbeat");
      const nowMs = systemClock.nowMs();
      const sum = new GetMetricDataCommand({
        StartTime: new Date(nowMs - 10 * 60_000),
        EndTime: new Date(nowMs + 60_000),
        MetricDataQueries: [{ Id: "heartbeat", MetricStat: heartbeat }],
      });
      const { MetricDataResults: [found] = [] } = await cloudWatch.send(sum);
      expect(found?.Values).toEqual([7]);
      cloudWatch.destroy();
    });

    test("the command line finds it by its outputs, writes the first key, and sees that no Claude key is there yet", async () => {
      const account = awsAccount({ clock: systemClock, chance: systemChance });
      const said: string[] = [];
      const context = cliContext({
        account: async () => account,
        clock: systemClock,
        stdout: { isTTY: false, write: (text) => void said.push(text) },
      });
      expect(await runCli(["keys", "create", "--stack", name], context)).toBe(0);
      const stored = await (await account.keys(name)).find(sha256(said.join("").trim()));
      expect(stored).toMatchObject({ role: "operator", tenant: "operators" });
      const fleet = await account.stack(stackName(name, "Fleet"));
      expect(await account.secret(fleet?.outputs.ClaudeSecret ?? "")).toBe("other");
      expect(await account.secret("no-such-secret")).toBe("absent");
      expect(await account.stack("NoSuchStack")).toBeUndefined();
      expect(await account.hasRole("AWSServiceRoleForNobody")).toBe(false);
    });
  },
);
