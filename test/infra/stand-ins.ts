/** The account that bundles run in: stand-ins for DynamoDB, SQS, S3, Secrets Manager, Claude, and what a machine is told. */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { awsClients } from "../../services/adapters/aws/clients.ts";
import { provision } from "../../services/adapters/aws/provision.ts";
import { awsStores } from "../../services/adapters/aws/stores.ts";
import { systemChance } from "../../services/adapters/system/chance.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import { tenantId } from "../../services/contract/ids.ts";
import { deadLetterUrl } from "../../services/contract/queues.ts";
import { apiKeyBytes, apiKeyOf, storedKey } from "../../services/core/api-key.ts";
import { startStub } from "../../services/local/claude-stub/server.ts";
import { embeddedAws } from "../support/embedded-aws.ts";
import { httpStandIn } from "../support/http-stand-in.ts";
import { metadataServer } from "../support/metadata-server.ts";

export const CLAUDE_KEY = "sk-ant-of-the-secret";
export const SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:muster/claude";

const REFUSAL =
  "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not here</Message></Error></ErrorResponse>";

/** Secrets Manager, as far as one secret needs it; keeps which secrets were asked for. */
async function secretsServer() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += String(part);
    });
    request.on("end", () => {
      asked.push(body);
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify({ ARN: SECRET, Name: "muster/claude", SecretString: CLAUDE_KEY, VersionId: "1" }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, close: () => server.close() };
}

/** Starts everything; `stop` ends it. */
export async function anAccount() {
  // Auto Scaling and ECS, which no stand-in plays: pools that cannot be read are unknown, and everything holds.
  const rest = await httpStandIn({ status: 400, type: "text/xml", body: REFUSAL });
  const lambda = await httpStandIn({ status: 202, type: "application/json", body: "" });
  const [aws, secrets, machine, claude] = await Promise.all([
    embeddedAws(),
    secretsServer(),
    metadataServer(),
    startStub(),
  ]);
  const clock = systemClock;
  const clients = awsClients({
    region: "us-east-1",
    endpoints: aws.endpoints,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxSockets: 20,
    now: () => new Date(clock.nowMs()),
  });
  const { dynamodb: dynamo, once, sqs, s3 } = clients;
  const names = { table: "muster", bucket: "muster-data" };
  const { urls } = await provision({ dynamo, sqs, s3, ...names, clock });
  const stores = awsStores({ dynamo, once, s3, ...names, clock, chance: systemChance });
  const apiKey = apiKeyOf(randomBytes(apiKeyBytes));
  const owner = { tenant: tenantId.parse("acme"), role: "operator", name: "test" } as const;
  await stores.keys.put(storedKey(apiKey, owner, clock.nowMs()));
  return {
    stores,
    secrets,
    machine,
    claude,
    lambda,
    authorization: `Bearer ${apiKey}`,
    /** What templates compute, and what AWS itself puts into an environment; endpoints replace AWS. */
    values: {
      MUSTER_TABLE: names.table,
      MUSTER_BUCKET: names.bucket,
      MUSTER_QUEUE_HIGH: urls.high,
      MUSTER_QUEUE_NORMAL: urls.normal,
      MUSTER_QUEUE_LOW: urls.low,
      MUSTER_DEAD_HIGH: deadLetterUrl("high", urls.high),
      MUSTER_DEAD_NORMAL: deadLetterUrl("normal", urls.normal),
      MUSTER_DEAD_LOW: deadLetterUrl("low", urls.low),
      MUSTER_CLAUDE_SECRET: SECRET,
      MUSTER_WAKE_URL: `${lambda.url}/2015-03-31/functions/muster-controller/invocations`,
      AWS_REGION: "us-east-1",
    },
    runtime: {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL: rest.url,
      AWS_ENDPOINT_URL_DYNAMODB: aws.endpoints.dynamodb ?? "",
      AWS_ENDPOINT_URL_SQS: aws.endpoints.sqs ?? "",
      AWS_ENDPOINT_URL_S3: aws.endpoints.s3 ?? "",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    },
    async stop() {
      clients.destroy();
      secrets.close();
      rest.close();
      lambda.close();
      await Promise.all([aws.stop(), machine.close(), claude.close()]);
    },
  };
}
export type Account = Awaited<ReturnType<typeof anAccount>>;
