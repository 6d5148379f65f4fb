/** What a person looks at: dashboard, alarms, saved queries. It names what it watches, so that nothing depends on it. */
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { Deployment } from "../config/deployment.ts";
import { priorities } from "../observability/alarm-list.ts";
import { Alarms } from "../observability/alarms.ts";
import { ObservingDashboard } from "../observability/dashboard.ts";
import { Measures } from "../observability/measures.ts";
import { SavedQueries } from "../observability/saved-queries.ts";

/** The deployment that is watched. */
export type ObserveStackProps = StackProps & { readonly deployment: Deployment };

export class ObserveStack extends Stack {
  readonly alarms: Alarms;

  constructor(scope: Construct, id: string, { deployment, ...props }: ObserveStackProps) {
    super(scope, id, props);
    const measures = new Measures(deployment);
    this.alarms = new Alarms(this, "Alarms", { measures });
    new ObservingDashboard(this, "Dashboard", { measures, alarms: this.alarms.alarms });
    new SavedQueries(this, "Queries", { installation: deployment.name });
    for (const priority of priorities) {
      new CfnOutput(this, `Topic-${priority}`.replace("-", ""), {
        value: this.alarms.topics[priority].topicArn,
        description: `Alarms of priority ${priority}: subscribe here`,
      });
    }
  }
}
