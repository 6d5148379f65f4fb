/** Topics by priority, and the alarms that tell them. */
import { RemovalPolicy } from "aws-cdk-lib";
import { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { type AlarmSpec, alarmsOf, comparisonOf, type Priority } from "./alarm-list.ts";
import type { Measures } from "./measures.ts";

/** Where a person reads on: every alarm is a heading there. */
const RUNBOOK = "lib/observability/RUNBOOK.md";

/** The whole text of an alarm: what is the matter, and where to read on. */
export const descriptionOf = ({ text, key }: Pick<AlarmSpec, "text" | "key">): string => `${text}. ${RUNBOOK}#${key}`;

export class Alarms extends Construct {
  readonly topics: Readonly<Record<Priority, Topic>>;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { measures }: { measures: Measures }) {
    super(scope, id);
    this.topics = {
      high: this.makeTopic(measures, "high"),
      medium: this.makeTopic(measures, "medium"),
      low: this.makeTopic(measures, "low"),
    };
    this.alarms = alarmsOf(measures).map((spec) => this.makeAlarm(measures.deployment.name, spec));
  }

  /** Without a key of its own: CloudWatch may not use AWS's managed key of SNS, and a message holds no more than an alarm's name. */
  private makeTopic({ deployment }: Measures, priority: Priority): Topic {
    const topic = new Topic(this, `Topic-${priority}`, {
      topicName: `${deployment.name}-alarms-${priority}`,
      displayName: `Muster ${deployment.name}: ${priority}`,
      enforceSSL: true,
    });
    topic.applyRemovalPolicy(RemovalPolicy.DESTROY);
    for (const address of deployment.alarms[priority]) topic.addSubscription(new EmailSubscription(address));
    return topic;
  }

  private makeAlarm(installation: string, spec: AlarmSpec): Alarm {
    const { key, metric, above, below, periods, missing, priority } = spec;
    const alarm = new Alarm(this, key, {
      alarmName: `${installation}-${key}`,
      alarmDescription: descriptionOf(spec),
      metric,
      threshold: above ?? below ?? 0,
      comparisonOperator: comparisonOf(spec),
      evaluationPeriods: periods,
      treatMissingData: missing,
    });
    const action = new SnsAction(this.topics[priority]);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}
