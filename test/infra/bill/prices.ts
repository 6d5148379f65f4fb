/**
 * Prices of what a deployment is made of, in USD as AWS publishes them for us-east-1, without free tiers. Machines, disks and
 * addresses are in `contract/capacity-prices.ts`, which the planner reads too.
 */

/** One price: of what, when it was read, and where. */
export type Price = { readonly usd: number; readonly per: string; readonly asOf: string; readonly source: string };

const price = (usd: number, per: string, asOf: string, source: string): Price => ({ usd, per, asOf, source });

const PAGES = "public copies of the AWS price pages";
const MILLION = 1e-6;

export const prices = {
  lambdaGbSecond: price(0.0000133334, "GB-second on arm64", "2026-03", PAGES),
  lambdaRequest: price(0.2 * MILLION, "request", "2026-03", PAGES),
  trace: price(5 * MILLION, "trace recorded by X-Ray", "2026-03", PAGES),
  tableRead: price(0.125 * MILLION, "read request unit", "2026-06", PAGES),
  tableWrite: price(0.625 * MILLION, "write request unit", "2026-06", PAGES),
  tableGb: price(0.25, "GB-month of the table", "2026-06", PAGES),
  tableRecoveryGb: price(0.2, "GB-month of point-in-time recovery", "2026-06", PAGES),
  queueRequest: price(0.4 * MILLION, "request to SQS", "2026-06", PAGES),
  objectGb: price(0.023, "GB-month of S3", "2026-06", PAGES),
  imageGb: price(0.1, "GB-month of ECR", "2026-03", PAGES),
  secret: price(0.4, "secret-month", "2026-03", PAGES),
  metric: price(0.3, "metric-month", "2026-08", "AWS agent toolkit"),
  alarmMetric: price(0.1, "metric-month of an alarm", "2026-03", PAGES),
  dashboard: price(3, "dashboard-month", "2026-03", PAGES),
  logGb: price(0.5, "GB written to CloudWatch Logs", "2026-08", "AWS agent toolkit"),
  natHour: price(0.045, "hour of a NAT gateway", "2026-08", "AWS agent toolkit"),
  endpointHour: price(0.01, "hour of an interface endpoint", "2026-08", "AWS agent toolkit"),
  webAcl: price(5, "web ACL-month", "2026-03", PAGES),
  webAclRule: price(1, "rule-month of a web ACL", "2026-03", PAGES),
} as const satisfies Readonly<Record<string, Price>>;
