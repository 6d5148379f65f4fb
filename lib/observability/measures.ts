/** Metrics of an installation in CloudWatch, by their names in the catalogue. */
import { Duration } from "aws-cdk-lib";
import { MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Lane, Pool } from "../../services/contract/ids.ts";
import { lanes } from "../../services/contract/ids.ts";
import { type MetricName, metricNamespace, metricOf } from "../../services/contract/metrics.ts";
import type { PoolKey } from "../../services/contract/profiles.ts";
import type { Deployment } from "../config/deployment.ts";
import { namesOf } from "../config/names.ts";

/** How a metric is looked at: which series, which statistic, over how long. */
export type Look = {
  readonly value?: Lane | Pool;
  readonly stat?: string;
  readonly minutes?: number;
  readonly label?: string;
};

const poolNames = {
  spot: "spot",
  onDemand: "on-demand",
  fargateSpot: "fargate-spot",
  fargate: "fargate",
} as const satisfies Record<PoolKey, Pool>;

const usual = { counter: "Sum", gauge: "Average", distribution: "p95" } as const;
const capital = (label: string): string => label.charAt(0).toUpperCase() + label.slice(1);

/** All metrics that dashboard and alarms look at. */
export class Measures {
  readonly deployment: Deployment;
  /** Pools that may ever have a machine: only they have series. */
  readonly pools: readonly Pool[];

  constructor(deployment: Deployment) {
    this.deployment = deployment;
    const keys = Object.keys(poolNames).filter((key): key is PoolKey => key in poolNames);
    this.pools = keys.filter((key) => deployment.pools[key].max > 0).map((key) => poolNames[key]);
  }

  /** A metric of the catalogue; a counter as its sum, a gauge as its mean, a distribution as its P95 unless said otherwise. */
  of(name: MetricName, { value, stat, minutes = 1, label }: Look = {}): Metric {
    const { label: by, kind } = metricOf(name);
    return new Metric({
      namespace: metricNamespace,
      metricName: name,
      dimensionsMap: {
        Installation: this.deployment.name,
        ...(by === undefined || value === undefined ? {} : { [capital(by)]: value }),
      },
      statistic: stat ?? usual[kind],
      period: Duration.minutes(minutes),
      label: label ?? value ?? name,
    });
  }

  /** Visible messages of a lane, as SQS itself counts them. */
  depth(lane: Lane, which: "queue" | "deadLetter" = "queue"): Metric {
    return new Metric({
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensionsMap: { QueueName: namesOf(this.deployment.name).queues[lane][which] },
      statistic: "Maximum",
      period: Duration.minutes(1),
      label: lane,
    });
  }

  /** A number of API Gateway, over all routes. */
  api(metricName: "Count" | "4XXError" | "5XXError" | "Latency", stat: string, minutes = 5): Metric {
    return new Metric({
      namespace: "AWS/ApiGateway",
      metricName,
      dimensionsMap: { ApiName: `${this.deployment.name}-api` },
      statistic: stat,
      period: Duration.minutes(minutes),
      label: metricName,
    });
  }

  /** An expression over metrics, each named by its key. */
  expression(expression: string, usingMetrics: Readonly<Record<string, Metric>>, label: string): MathExpression {
    const period = Object.values(usingMetrics)[0]?.period ?? Duration.minutes(1);
    return new MathExpression({ expression, usingMetrics: { ...usingMetrics }, label, period });
  }

  /** The sum of a metric over the values of its label; one that is missing counts as 0. */
  sum(name: MetricName, label: string, minutes = 1): MathExpression {
    const values: readonly (Lane | Pool)[] = metricOf(name).label === "lane" ? lanes : this.pools;
    const using = Object.fromEntries(values.map((value, i) => [`m${i}`, this.of(name, { value, minutes })]));
    return this.expression(values.map((_, i) => `FILL(m${i},0)`).join("+"), using, label);
  }

  /** Failed runs among those that succeeded or failed, in percent; 0 while fewer than `least` ended. */
  errorRate(minutes: number, least: number): MathExpression {
    const good = this.of("RunsSucceeded", { minutes });
    const bad = this.of("RunsFailed", { minutes });
    const both = "(FILL(good,0)+FILL(bad,0))";
    return this.expression(`IF(${both}>=${least}, 100*FILL(bad,0)/${both}, 0)`, { good, bad }, "failed runs, %");
  }

  /** Used slots among all, in percent; nothing while there is none. */
  utilisation(minutes: number): MathExpression {
    const of = (name: "SlotsUsed" | "SlotsFree", id: string) =>
      this.pools.map((value, i) => [`${id}${i}`, this.of(name, { value, minutes })] as const);
    const [used, free] = [of("SlotsUsed", "used"), of("SlotsFree", "free")];
    const add = (some: typeof used): string => some.map(([id]) => `FILL(${id},0)`).join("+");
    const expression = `100*(${add(used)})/(${add(used)}+${add(free)})`;
    return this.expression(expression, Object.fromEntries([...used, ...free]), "slots in use, %");
  }
}
