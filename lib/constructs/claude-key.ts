/** The key for the Claude API: a secret that only workers read. */
import { RemovalPolicy } from "aws-cdk-lib";
import type { IGrantable } from "aws-cdk-lib/aws-iam";
import { CfnSecret, type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { accept } from "./accept.ts";

/**
 * Made empty, to be filled after the first deployment (no template ever holds the key), or one that exists, by its name. A
 * worker asks for its value again and again, so that a new key is taken without a deployment.
 */
export class ClaudeKey extends Construct {
  readonly secret: ISecret;

  constructor(scope: Construct, id: string, existing: string | undefined) {
    super(scope, id);
    accept(this, {
      SMG4: "Only its owner can make a new key, in the Claude console; workers take a changed value by themselves.",
    });
    this.secret =
      existing === undefined
        ? new Secret(this, "Secret", {
            description: "Key for the Claude API: put it here with `aws secretsmanager put-secret-value`",
            removalPolicy: RemovalPolicy.DESTROY,
          })
        : Secret.fromSecretNameV2(this, "Secret", existing);
    // The CDK would fill it with a random password, and workers would take runs with that as their key.
    const made = this.secret.node.defaultChild;
    if (made instanceof CfnSecret) made.addPropertyDeletionOverride("GenerateSecretString");
  }

  /** Lets workers read the key. */
  grantRead(grantee: IGrantable): void {
    this.secret.grantRead(grantee);
  }
}
