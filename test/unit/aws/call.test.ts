import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { mockClient } from "aws-sdk-client-mock";
import { describe, expect, test } from "vitest";
import { call, errorName, failed } from "../../../services/adapters/aws/call.ts";
import { toItem } from "../../../services/adapters/aws/item.ts";
import { tableIo } from "../../../services/adapters/aws/table-io.ts";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { seededChance } from "../../../services/adapters/memory/seeded-chance.ts";
import { StoreOutage } from "../../../services/core/store-outage.ts";

/** An error as the SDK makes it: its name, and whose fault it is. */
const service = (name: string, $fault: "client" | "server") => Object.assign(new Error("no"), { name, $fault });
const system = (code: string) => Object.assign(new Error("no"), { code });
const named = (name: string) => Object.assign(new Error("no"), { name });

describe("a failed call", () => {
  test.each([
    ["nobody listens", system("ECONNREFUSED")],
    ["the connection broke", system("ECONNRESET")],
    ["no address", system("ENOTFOUND")],
    ["no address for now", system("EAI_AGAIN")],
    ["nobody listens at any address", Object.assign(new AggregateError([]), { code: "ECONNREFUSED" })],
    ["it took too long", named("TimeoutError")],
    ["it was given up", named("AbortError")],
    ["a fault of the server", service("InternalServerError", "server")],
    ["throttled", service("ThrottlingException", "client")],
    ["too much for a partition", service("ProvisionedThroughputExceededException", "client")],
    ["too much for a bucket", service("SlowDown", "client")],
    ["no credentials for now", named("CredentialsProviderError")],
    ["a session that is over", service("ExpiredTokenException", "client")],
    ["a session that is over, of a bucket", service("ExpiredToken", "client")],
    ["keys that are not known", service("UnrecognizedClientException", "client")],
    ["a clock that goes wrong", service("RequestTimeTooSkewed", "client")],
    ["an outage already", new StoreOutage("left unprocessed")],
  ])("is an outage: %s", (_, cause) => {
    expect(failed("PutItem", cause)).toBeInstanceOf(StoreOutage);
  });

  test.each([
    ["the request is wrong", service("ValidationException", "client")],
    ["no such table", service("ResourceNotFoundException", "client")],
    ["not allowed", service("AccessDeniedException", "client")],
    ["a bad argument", Object.assign(new TypeError("no"), { code: "ERR_INVALID_ARG_TYPE" })],
    ["a mistake of ours", new TypeError("undefined is not a function")],
    ["no error at all", "words"],
  ])("is none: %s", (_, cause) => {
    expect(failed("PutItem", cause)).not.toBeInstanceOf(StoreOutage);
  });

  test("says the operation and keeps its cause", async () => {
    const cause = service("AWS.SimpleQueueService.NonExistentQueue", "client");
    await expect(call("SendMessage", Promise.reject(cause))).rejects.toMatchObject({
      message: "SendMessage: NonExistentQueue",
      cause,
    });
    expect(errorName(system("EPIPE"))).toBe("EPIPE");
  });
});

test("every call of the table tells an outage from a mistake, conditional writes too", async () => {
  const cause = service("ProvisionedThroughputExceededException", "client");
  const dynamo = new DynamoDBClient({ region: "eu-west-1" });
  mockClient(dynamo).rejects(cause);
  const clock = manualClock(0);
  const io = tableIo({ dynamo, table: "runs", clock, chance: seededChance(1) });
  const key = { pk: "a", sk: "b" };
  const calls = [() => io.update(key, {}), () => io.putIf({ Item: toItem(key) }), () => io.removeIf(key, {})];
  for (const one of calls) await expect(one()).rejects.toBeInstanceOf(StoreOutage);
});
