/** A server that sends a part of its answer and falls silent: the call ends with an outage, it does not wait for ever. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boundedClient } from "../../../services/adapters/aws/bounded-client.ts";
import { type AwsClients, awsClients } from "../../../services/adapters/aws/clients.ts";
import { s3ObjectStore } from "../../../services/adapters/aws/object-store.ts";
import { StoreOutage } from "../../../services/core/store-outage.ts";

const WHOLE = 400 * 1_024;
/** Far below the time of a test, far above the rest of a busy machine. */
const SILENCE_MS = 700;

describe.concurrent("a body that stalls", () => {
  let server: Server;
  let clients: AwsClients;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      const whole = request.url?.includes("whole") === true;
      response.writeHead(200, { "content-type": "text/plain", "content-length": String(WHOLE) });
      response.write("x".repeat(WHOLE / 2));
      if (whole) response.end("x".repeat(WHOLE / 2));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    clients = awsClients({
      region: "eu-west-1",
      endpoints: { s3: url, dynamodb: url },
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      maxSockets: 2,
      now: () => new Date(),
      storeSilenceMs: SILENCE_MS,
    });
  });
  afterAll(() => {
    clients.destroy();
    server.closeAllConnections();
    server.close();
  });

  test("an object: an outage after the silence, and the connection serves the next call", async () => {
    const objects = s3ObjectStore({ s3: () => clients.s3(), bucket: "b" });
    await expect(objects.get("stalls")).rejects.toBeInstanceOf(StoreOutage);
    expect((await objects.get("whole"))?.length).toBe(WHOLE);
  }, 5_000);

  test("an answer of a service that is asked seldom: an error after the silence", async () => {
    const credentials = { accessKeyId: "a", secretAccessKey: "b" };
    const seldom = {
      ...boundedClient({ region: "eu-west-1", endpoint: url }, SILENCE_MS),
      maxAttempts: 1,
      credentials,
    };
    const client = new AutoScalingClient(seldom);
    await expect(client.send(new DescribeAutoScalingGroupsCommand())).rejects.toThrow();
    client.destroy();
  }, 5_000);

  test("an item: an error after the silence", async () => {
    const asked = clients.once.send(new GetItemCommand({ TableName: "t", Key: { pk: { S: "a" } } }));
    await expect(asked).rejects.toThrow();
  }, 5_000);
});
