/** The twin's embedded servers for DynamoDB, SQS and S3, in this process, in memory, on free ports. Once in a process. */
import { startDynamodb } from "../../services/local/dynamodb/server.ts";
import { startQueue } from "../../services/local/queue/server.ts";
import type { AwsAddresses } from "./aws-deployment.ts";

const settings = { port: 0, dataDir: undefined, region: "us-east-1" };

/** Starts both; `stop` ends them. */
export async function embeddedAws(): Promise<AwsAddresses & { stop(): Promise<void> }> {
  const [dynamodb, queue] = await Promise.all([startDynamodb(settings), startQueue(settings)]);
  return {
    endpoints: { dynamodb: dynamodb.url, sqs: queue.url, s3: queue.url },
    async stop() {
      await Promise.all([dynamodb.close(), queue.close()]);
    },
  };
}
