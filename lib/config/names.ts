/** Names of what a deployment owns: made from its own name, so that stacks, people and the command line find it without asking. */
import { Aws } from "aws-cdk-lib";
import type { Lane, Pool } from "../../services/contract/ids.ts";
import { queueNames } from "../../services/contract/queues.ts";

const SELF = "muster";

/** A name of the contract with the installation's name in place of ours. */
const own = (name: string, contract: string): string => contract.replace(SELF, name);

/** What a deployment owns, by name. */
export type Names = {
  readonly table: string;
  /** Bucket names are the whole world's: account and Region are part of it. */
  readonly bucket: string;
  readonly queues: Readonly<Record<Lane, { readonly queue: string; readonly deadLetter: string }>>;
  readonly cluster: string;
  /** The controller's function: the API knows it by this name alone. */
  readonly controller: string;
  readonly pools: Readonly<Record<Exclude<Pool, "local">, string>>;
};

/** The names of an installation. */
export function namesOf(name: string): Names {
  const queue = (lane: Lane) => ({
    queue: own(name, queueNames[lane].name),
    deadLetter: own(name, queueNames[lane].deadLetter),
  });
  return {
    table: name,
    bucket: `${name}-${Aws.ACCOUNT_ID}-${Aws.REGION}`,
    queues: { high: queue("high"), normal: queue("normal"), low: queue("low") },
    cluster: name,
    controller: `${name}-controller`,
    pools: {
      spot: `${name}-spot`,
      "on-demand": `${name}-on-demand`,
      "fargate-spot": `${name}-fargate-spot`,
      fargate: `${name}-fargate`,
    },
  };
}

/** What keeps a log. */
export type LogName = "access" | "api" | "watch" | "controller" | "events" | "worker";

/** Name of a log group of an installation. */
export const logNameOf = (installation: string, log: LogName): string => `/muster/${installation}/${log}`;

/** Address of a queue of this account. */
export const queueUrl = (queueName: string): string =>
  `https://sqs.${Aws.REGION}.${Aws.URL_SUFFIX}/${Aws.ACCOUNT_ID}/${queueName}`;

/** ARN of something of this account that is named. */
export const arnOf = (service: string, resource: string): string =>
  `arn:${Aws.PARTITION}:${service}:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;

/** Address at which a function of this account is called. */
export const invokeUrl = (functionName: string): string =>
  `https://lambda.${Aws.REGION}.${Aws.URL_SUFFIX}/2015-03-31/functions/${functionName}/invocations`;
