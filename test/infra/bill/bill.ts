/** The bill of a month in which nothing is submitted, computed from templates: every resource has a price or is known to be free. */
import type { Template } from "aws-cdk-lib/assertions";
import { z } from "zod";
import {
  besidesPrices,
  discounts,
  HOURS_PER_MONTH,
  machinePrices,
} from "../../../services/contract/capacity-prices.ts";
import type { ShiftUsage } from "../../support/idle-usage.ts";
import { type Price, prices } from "./prices.ts";

/** A line: what, how much of it, and what that costs in a month. */
export type Line = { readonly what: string; readonly quantity: number; readonly per: string; readonly usd: number };

/** What templates do not say. */
export type Idle = {
  readonly shift: ShiftUsage;
  /** Time of an idle shift on AWS, and text that it writes. */
  readonly shiftSeconds: number;
  readonly shiftLogBytes: number;
  readonly metricSeries: number;
  readonly imageGb: number;
};

type Properties = Readonly<Record<string, unknown>>;
export type Resource = { readonly type: string; readonly properties: Properties };

const MINUTES_PER_MONTH = HOURS_PER_MONTH * 60;
const GB = 1e9;

const line = (what: string, quantity: number, price: Pick<Price, "usd" | "per">): Line => ({
  what,
  quantity,
  per: price.per,
  usd: quantity * price.usd,
});

/** Types that cost nothing by being there. */
const FREE = [
  "AWS::ApiGateway::Account",
  "AWS::ApiGateway::BasePathMapping",
  "AWS::ApiGateway::Deployment",
  "AWS::ApiGateway::DomainName",
  "AWS::ApiGateway::GatewayResponse",
  "AWS::ApiGateway::Method",
  "AWS::ApiGateway::Resource",
  "AWS::ApiGateway::RestApi",
  "AWS::ApiGateway::Stage",
  "AWS::ApplicationAutoScaling::",
  "AWS::AutoScaling::LifecycleHook",
  "AWS::AutoScaling::ScalingPolicy",
  "AWS::AutoScaling::ScheduledAction",
  "AWS::Budgets::Budget",
  "AWS::CloudFront::Distribution",
  "AWS::EC2::EIP",
  "AWS::EC2::FlowLog",
  "AWS::EC2::InternetGateway",
  "AWS::EC2::LaunchTemplate",
  "AWS::EC2::Route",
  "AWS::EC2::SecurityGroup",
  "AWS::EC2::Subnet",
  "AWS::EC2::VPC",
  "AWS::ECS::",
  "AWS::Events::Rule",
  "AWS::IAM::",
  "AWS::Lambda::EventInvokeConfig",
  "AWS::Lambda::Permission",
  "AWS::Logs::",
  "AWS::S3::",
  "AWS::SNS::",
  "AWS::SQS::",
  "AWS::WAFv2::WebACLAssociation",
  "AWS::XRay::",
  "Custom::VpcRestrictDefaultSG",
] as const;

const scheduled = z.looseObject({ Handler: z.string(), MemorySize: z.number().optional() });
const group = z.looseObject({ MinSize: z.coerce.number(), AutoScalingGroupName: z.string() });
const listed = (value: unknown): unknown[] => z.array(z.unknown()).default([]).parse(value);

function machineLines(properties: Properties): Line[] {
  const { MinSize, AutoScalingGroupName: name } = group.parse(properties);
  if (MinSize === 0) return [line(`machines of ${name}`, 0, { usd: 0, per: "hour" })];
  const hours = MinSize * HOURS_PER_MONTH;
  const { onDemandUsdPerHour } = machinePrices.types["c6g.2xlarge"];
  const beside = besidesPrices.publicAddressUsdPerHour + besidesPrices.diskUsdPerHour;
  return [
    line(`machines of ${name}, c6g.2xlarge`, hours, { usd: onDemandUsdPerHour, per: "hour" }),
    line(`disks and addresses of ${name}`, hours, { usd: beside, per: "hour" }),
  ];
}

function functionLines(properties: Properties, { shift, shiftSeconds, shiftLogBytes }: Idle): Line[] {
  const { Handler, MemorySize = 128 } = scheduled.parse(properties);
  // The others are called by callers, by events of machines, or while the stack is made.
  if (Handler !== "controller/handler.handler") return [];
  const shifts = MINUTES_PER_MONTH;
  return [
    line("controller: time", (shifts * shiftSeconds * MemorySize) / 1_024, prices.lambdaGbSecond),
    line("controller: calls", shifts, prices.lambdaRequest),
    line("controller: traces", shifts, prices.trace),
    line("controller: reads of the table", shifts * shift.tableReads, prices.tableRead),
    line("controller: writes to the table", shifts * shift.tableWrites, prices.tableWrite),
    line("controller: requests to queues", shifts * shift.queueRequests, prices.queueRequest),
    line("controller: log", (shifts * shiftLogBytes) / GB, prices.logGb),
  ];
}

const PRICED: Readonly<Record<string, (properties: Properties, idle: Idle) => Line[]>> = {
  "AWS::Lambda::Function": functionLines,
  "AWS::AutoScaling::AutoScalingGroup": machineLines,
  "AWS::DynamoDB::Table": () => [
    line("table: keys, limits, workers (0.01 GB)", 0.01, prices.tableGb),
    line("table: recovery", 0.01, prices.tableRecoveryGb),
  ],
  "AWS::SecretsManager::Secret": () => [line("key of the Claude API", 1, prices.secret)],
  "AWS::CloudWatch::Alarm": ({ Metrics, AlarmName }) => {
    const watched = listed(Metrics).filter(
      (one) => z.looseObject({ MetricStat: z.looseObject({}) }).safeParse(one).success,
    );
    const name = typeof AlarmName === "string" ? AlarmName : "one";
    return [line(`alarm ${name}`, Math.max(1, watched.length), prices.alarmMetric)];
  },
  "AWS::CloudWatch::Dashboard": () => [line("dashboard", 1, prices.dashboard)],
  "AWS::EC2::NatGateway": () => [
    line("NAT gateway", HOURS_PER_MONTH, prices.natHour),
    line("address of the NAT gateway", HOURS_PER_MONTH, { usd: besidesPrices.publicAddressUsdPerHour, per: "hour" }),
  ],
  "AWS::EC2::VPCEndpoint": ({ VpcEndpointType }) =>
    VpcEndpointType === "Interface" ? [line("interface endpoint", HOURS_PER_MONTH, prices.endpointHour)] : [],
  "AWS::WAFv2::WebACL": ({ Rules }) => [
    line("web ACL", 1, prices.webAcl),
    line("rules of the web ACL", listed(Rules).length, prices.webAclRule),
  ],
};

const action = z.looseObject({ Recurrence: z.string(), MinSize: z.number() });
const DAYS_PER_MONTH = HOURS_PER_MONTH / 24;
const cron = /^0 (\d+) \* \* (\*|1-5)$/;

/** Machine hours that schedules keep in a month: each raise of the minimum until its lowering, both on the same days. */
function prewarmLines(resources: readonly Resource[], name: string): Line[] {
  const actions = resources
    .filter(({ type }) => type === "AWS::AutoScaling::ScheduledAction")
    .map(({ properties }) => {
      const { Recurrence, MinSize } = action.parse(properties);
      const [, hour, days] = cron.exec(Recurrence) ?? [];
      if (hour === undefined || days === undefined) throw new Error(`${Recurrence}: not a schedule that can be billed`);
      return { hour: Number(hour), days, least: MinSize };
    });
  const machineHours = [...Map.groupBy(actions, ({ days }) => days)].map(([days, ofDays]) => {
    const [raise, lower] = ofDays.toSorted((a, b) => a.hour - b.hour);
    if (raise === undefined || lower === undefined || ofDays.length !== 2)
      throw new Error(`${days}: a raise without its lowering`);
    const daysPerMonth = days === "*" ? DAYS_PER_MONTH : (DAYS_PER_MONTH * 5) / 7;
    return (raise.least - lower.least) * (lower.hour - raise.hour) * daysPerMonth;
  });
  const hours = machineHours.reduce((sum, one) => sum + one, 0);
  if (hours === 0) return [];
  const usd = machinePrices.types["c6g.2xlarge"].onDemandUsdPerHour * (1 - discounts.spot);
  return [line(`machines ${name}, c6g.2xlarge on Spot`, hours, { usd, per: "hour" })];
}

/** Resources of templates, without those that CloudFormation only notes. */
export const resourcesOf = (templates: readonly Template[]): Resource[] =>
  templates.flatMap((template) =>
    Object.values(
      z
        .record(
          z.string(),
          z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
        )
        .parse(template.toJSON().Resources),
    ).map(({ Type, Properties }) => ({ type: Type, properties: Properties })),
  );

/** The lines of the bill. Throws for a type of which nobody said what it costs. */
export function billOf(resources: readonly Resource[], idle: Idle): Line[] {
  const lines = resources.flatMap(({ type, properties }) => {
    const priced = PRICED[type];
    if (priced !== undefined) return priced(properties, idle);
    if (FREE.some((free) => (free.endsWith("::") ? type.startsWith(free) : type.startsWith(free)))) return [];
    throw new Error(`${type}: nobody said what it costs; add it to test/infra/bill`);
  });
  return [
    ...lines,
    ...prewarmLines(resources, "before known peaks"),
    line("metrics of our own", idle.metricSeries, prices.metric),
    line("images of the worker", idle.imageGb, prices.imageGb),
  ];
}

/** Sum of lines in USD a month. */
export const sumOf = (lines: readonly Line[]): number => lines.reduce((sum, { usd }) => sum + usd, 0);

/** The lines as text, the dearest first; what comes to less than a cent is one line. */
export function billText(lines: readonly Line[]): string {
  const CENT = 0.01;
  const shown = lines.filter(({ usd }) => usd >= CENT).toSorted((a, b) => b.usd - a.usd);
  const rest = sumOf(lines.filter(({ usd }) => usd < CENT));
  const row = (usd: number, text: string) => `${`$${usd.toFixed(2)}`.padStart(10)}  ${text}`;
  return [
    ...shown.map(({ usd, what, quantity, per }) => row(usd, `${what}: ${Number(quantity.toPrecision(4))} x ${per}`)),
    row(rest, "everything else"),
    row(sumOf(lines), "a month"),
  ].join("\n");
}
