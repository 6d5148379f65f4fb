/** What real answers and real connections look like when the service is away: each is an outage, whatever the SDK makes of it. */
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, test } from "vitest";
import { call } from "../../../services/adapters/aws/call.ts";
import { awsClients } from "../../../services/adapters/aws/clients.ts";
import { s3ObjectStore } from "../../../services/adapters/aws/object-store.ts";
import { StoreOutage } from "../../../services/core/store-outage.ts";
import { httpStandIn, type Reply } from "../../support/http-stand-in.ts";

const JSON_TYPE = "application/x-amz-json-1.0";
const json = (code: string) => JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message: "no" });
const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`;
const away = { status: 503, type: "text/html", body: "<html><b>Http/1.1 Service Unavailable</b></html>" };

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function against(reply: Reply) {
  const server = await httpStandIn(reply);
  const clients = awsClients({
    region: "eu-west-1",
    endpoints: { s3: server.url, dynamodb: server.url },
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxSockets: 1,
    now: () => new Date(),
  });
  cleanUps.push(server.close, clients.destroy);
  const objects = s3ObjectStore({ s3: () => clients.s3(), bucket: "b" });
  const asked = new GetItemCommand({ TableName: "t", Key: { pk: { S: "a" } } });
  return { item: () => call("GetItem", clients.once.send(asked)), object: () => objects.get("o") };
}

describe("an answer that is an outage", () => {
  test.each<[string, Reply]>([
    ["a fault with a name that the client does not know", { status: 503, type: JSON_TYPE, body: json("Unavailable") }],
    ["a page of something in between", away],
    ["a session that is over", { status: 400, type: JSON_TYPE, body: json("ExpiredTokenException") }],
    ["keys that are not known (any more)", { status: 400, type: JSON_TYPE, body: json("UnrecognizedClientException") }],
  ])("of the table: %s", async (_, reply) => {
    await expect((await against(reply)).item()).rejects.toBeInstanceOf(StoreOutage);
  });

  test.each<[string, Reply]>([
    ["a fault", { status: 500, type: "application/xml", body: xml("InternalError") }],
    ["a page of something in between", away],
    ["a session that is over", { status: 400, type: "application/xml", body: xml("ExpiredToken") }],
  ])("of the bucket: %s", async (_, reply) => {
    await expect((await against(reply)).object()).rejects.toBeInstanceOf(StoreOutage);
  });

  test.each(["ValidationException", "ResourceNotFoundException"])("a %s is none", async (code) => {
    const { item } = await against({ status: 400, type: JSON_TYPE, body: json(code) });
    await expect(item()).rejects.not.toBeInstanceOf(StoreOutage);
  });
});
