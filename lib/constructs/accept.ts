/** Findings of the AWS Solutions rules that are meant to be: each with its reason, on the construct that it is about. */
import { Stack, Validations } from "aws-cdk-lib";
import type { IGrantable } from "aws-cdk-lib/aws-iam";
import { Construct, type IConstruct } from "constructs";
import { z } from "zod";

/** A rule of the pack, such as `IAM5[Resource::*]`, and why it does not hold here. */
export type Accepted = Readonly<Record<string, string>>;

/** Accepts findings on a construct and on what it is made of. */
export function accept(construct: IConstruct, findings: Accepted): void {
  for (const [rule, reason] of Object.entries(findings)) {
    Validations.of(construct).acknowledge({ id: `AwsSolutions-${rule}`, reason });
  }
}

const reference = z.object({ Ref: z.string() }).transform(({ Ref }) => `<${Ref}>`);
const joined = z
  .object({ "Fn::Join": z.tuple([z.string(), z.array(z.union([z.string(), reference]))]) })
  .transform(({ "Fn::Join": [separator, parts] }) => parts.join(separator));
const findingText = z.union([z.string(), reference, joined]);

/** Accepts that a role may use each of some ARNs that end with a wildcard, and no other. */
export function acceptWildcards(grantee: IGrantable, arns: readonly string[], reason: string): void {
  const role = grantee.grantPrincipal;
  if (!Construct.isConstruct(role)) throw new Error("only a role of this app can be granted a wildcard");
  for (const arn of arns)
    accept(role, { [`IAM5[Resource::${findingText.parse(Stack.of(role).resolve(arn))}]`]: reason });
}
