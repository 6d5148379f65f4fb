/** The budget alarm: a mail before AWS's bill of the month is as high as the user does not want it. */
import { CfnBudget } from "aws-cdk-lib/aws-budgets";
import { Construct } from "constructs";
import type { Deployment } from "../config/deployment.ts";

/** Shares of the amount, in percent: at the first there is time to act, the second is told as soon as AWS expects it. */
const SPENT = 80;
const EXPECTED = 100;

/**
 * AWS knows costs of an account, not of an installation (a filter by tag works only where the owner switched the tag on for
 * billing), so it is about the whole account. What Claude costs is not in it: that is what Muster's own budgets are for.
 */
export class SpendAlarm extends Construct {
  constructor(scope: Construct, id: string, { name, alarms: { monthlyUsd, high } }: Deployment) {
    super(scope, id);
    if (monthlyUsd === undefined) return;
    const subscribers = high.map((address) => ({ address, subscriptionType: "EMAIL" }));
    const tell = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
      notification: { notificationType, threshold, thresholdType: "PERCENTAGE", comparisonOperator: "GREATER_THAN" },
      subscribers,
    });
    new CfnBudget(this, "Budget", {
      budget: {
        budgetName: `${name}-account-month`,
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: monthlyUsd, unit: "USD" },
      },
      notificationsWithSubscribers: [tell("ACTUAL", SPENT), tell("FORECASTED", EXPECTED)],
    });
  }
}
