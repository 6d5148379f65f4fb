/** The optional firewall in front of the API. */
import { CfnWebACL, CfnWebACLAssociation } from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";
import type { Deployment } from "../config/deployment.ts";

/** Over how long requests of an address are counted. */
const WINDOW_S = 300;
/** The part of what the door lets through that one address may take. */
const SHARE_OF_ONE = 0.5;

const seen = (metricName: string) => ({ cloudWatchMetricsEnabled: true, sampledRequestsEnabled: true, metricName });

/** What is protected: the ARN of a stage. */
export type WebAclProps = { readonly deployment: Deployment; readonly stageArn: string };

/**
 * Turns away addresses that AWS knows as bad, and one that takes more than half of what the door lets through. It does not
 * look into bodies: what agents are asked about may well look like an attack. Behind CloudFront the address is that of the
 * header which CloudFront sets; a caller can put others in front of it, so there it only stops the simple ones.
 */
export class WebAcl extends Construct {
  constructor(scope: Construct, id: string, { deployment, stageArn }: WebAclProps) {
    super(scope, id);
    const { throttle, cloudFront } = deployment.api;
    const acl = new CfnWebACL(this, "Acl", {
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      description: `Muster ${deployment.name}: front door`,
      visibilityConfig: seen(`${deployment.name}-door`),
      rules: [
        {
          name: "known-bad",
          priority: 0,
          overrideAction: { none: {} },
          statement: {
            managedRuleGroupStatement: { vendorName: "AWS", name: "AWSManagedRulesAmazonIpReputationList" },
          },
          visibilityConfig: seen("known-bad"),
        },
        {
          name: "one-address",
          priority: 1,
          action: { block: { customResponse: { responseCode: 429 } } },
          statement: {
            rateBasedStatement: {
              limit: throttle.ratePerSecond * WINDOW_S * SHARE_OF_ONE,
              evaluationWindowSec: WINDOW_S,
              ...(cloudFront
                ? {
                    aggregateKeyType: "FORWARDED_IP",
                    forwardedIpConfig: { headerName: "X-Forwarded-For", fallbackBehavior: "MATCH" },
                  }
                : { aggregateKeyType: "IP" }),
            },
          },
          visibilityConfig: seen("one-address"),
        },
      ],
    });
    new CfnWebACLAssociation(this, "Association", { resourceArn: stageArn, webAclArn: acl.attrArn });
  }
}
