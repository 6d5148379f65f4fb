/** A server that sends a part of its answer and falls silent: the call ends with an outage, it does not wait for ever. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boundedClient } from "../../../services/adapters/aws/bounded-client.ts";
import { call } from "../../../services/adapters/aws/call.ts";
import { awsClients } from "../../../services/adapters/aws/clients.ts";
import { s3ObjectStore } from "../../../services/adapters/aws/object-store.ts";
import { StoreOutage } from "../../../services/core/store-outage.ts";

const WHOLE = 400 * 1_024;
/** Far below the time of a test (three tries of it), above the lag of a busy machine. */
const SILENCE_MS = 500;
const BOUND_MS = 10_000;
const credentials = { accessKeyId: "a", secretAccessKey: "b" };

/** Which call it is: each of these tests makes another. */
const kindOf = ({ headers, method, url }: IncomingMessage): string =>
  String(headers["x-amz-target"] ?? `${method} ${url}`);

/** Answers whole when the path says so, and the first call of each kind when `isFirstWhole`; else the half of an answer. */
function stalling(isFirstWhole: boolean) {
  const known = new Set<string>();
  const served = new Set<Socket>();
  const stalledAfterService = new Set<string>();
  const server = createServer((request, response) => {
    request.resume();
    const kind = kindOf(request);
    const isWhole = kind.includes("whole");
    const isFirst = isFirstWhole && !isWhole && !known.has(kind);
    known.add(kind);
    if (isFirst) {
      served.add(request.socket);
      const type = String(request.headers["content-type"]);
      response.end(type.includes("json") ? "{}" : "<Answer/>");
      return;
    }
    if (served.has(request.socket)) stalledAfterService.add(kind);
    response.writeHead(200, { "content-type": "text/plain", "content-length": String(WHOLE) });
    response.write("x".repeat(WHOLE / 2));
    if (isWhole) response.end("x".repeat(WHOLE / 2));
  });
  return { server, stalledAfterService };
}

/** A server and its clients: `isUsed` where a call is to stall on a connection that has served one before. */
async function aSide(isUsed: boolean) {
  const { server, stalledAfterService } = stalling(isUsed);
  const url = await listening(server);
  const clients = awsClients({
    region: "eu-west-1",
    endpoints: { s3: url, dynamodb: url, sqs: url },
    credentials,
    maxSockets: 1,
    now: () => new Date(),
    silenceMs: SILENCE_MS,
  });
  const seldom = new AutoScalingClient({
    ...boundedClient({ region: "eu-west-1", endpoint: url }, SILENCE_MS),
    credentials,
  });
  return {
    url,
    clients,
    seldom,
    objects: s3ObjectStore({ s3: () => clients.s3(), bucket: "b" }),
    async expectOutage(kind: string, ask: () => Promise<unknown>): Promise<void> {
      if (isUsed) await ask();
      await expect(call(kind, ask())).rejects.toBeInstanceOf(StoreOutage);
      expect([...stalledAfterService].some((one) => one.includes(kind))).toBe(isUsed);
    },
    end: () => {
      clients.destroy();
      seldom.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}
type Side = Awaited<ReturnType<typeof aSide>>;

const key = { pk: { S: "a" } };
const calls: Record<string, [string, (side: Side) => Promise<unknown>]> = {
  "a read": ["GetItem", ({ clients }) => clients.dynamodb.send(new GetItemCommand({ TableName: "t", Key: key }))],
  "a write that is sent once": [
    "PutItem",
    ({ clients }) => clients.once.send(new PutItemCommand({ TableName: "t", Item: key })),
  ],
  "a receive": [
    "ReceiveMessage",
    ({ clients, url }) => clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: `${url}/1/q` })),
  ],
  "a service that is asked seldom": ["POST /", ({ seldom }) => seldom.send(new DescribeAutoScalingGroupsCommand())],
  "an object": ["GET", ({ objects }) => objects.get("stalls")],
};

// All at once, since each of them mostly waits.
describe.concurrent("a body that stalls is an outage after the silence", () => {
  const sides = new Map<string, Side>();
  beforeAll(async () => {
    sides.set("a new connection", await aSide(false));
    sides.set("a used connection", await aSide(true));
  });
  afterAll(() => {
    for (const { end } of sides.values()) end();
  });
  const each = Object.entries(calls).flatMap(([what, [kind, ask]]) =>
    ["a new connection", "a used connection"].map((on) => ({ what, on, kind, ask })),
  );

  test.each(each)(
    "$what, on $on",
    async ({ on, kind, ask }) => {
      const side = sides.get(on);
      if (side === undefined) throw new Error(`no ${on}`);
      await side.expectOutage(kind, () => ask(side));
      if (kind === "GET") expect((await side.objects.get("whole"))?.length).toBe(WHOLE);
    },
    BOUND_MS,
  );
});

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
}
