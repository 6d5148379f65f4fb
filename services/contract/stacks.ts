/** Stacks of an installation and what they tell: how the command line finds what the CDK app made. */

/** The stacks, in the order in which they are made. */
export const stackParts = ["State", "Fleet", "Api", "Control", "Observe"] as const;
export type StackPart = (typeof stackParts)[number];

const capital = (name: string): string =>
  name
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");

/** Name of a stack: the installation's name is the prefix, so that several fit into one account. */
export const stackName = (installation: string, part: StackPart): string => `${capital(installation)}${part}`;

/** The stack in an account that was prepared by `cdk bootstrap`. */
export const bootstrapStack = "CDKToolkit";

/** Outputs by stack: keys are logical ids, so they change for nobody's taste. */
export const stackOutputs = {
  Api: { url: "Url", installation: "Installation", table: "Table", profile: "Profile" },
  Fleet: { claudeSecret: "ClaudeSecret", cluster: "ClusterName", workerImage: "WorkerImage", bounds: "PoolBounds" },
} as const;
