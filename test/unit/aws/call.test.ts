import { describe, expect, test } from "vitest";
import { call, errorName, failed } from "../../../services/adapters/aws/call.ts";
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
    ["it took too long", named("TimeoutError")],
    ["it was given up", named("AbortError")],
    ["a fault of the server", service("InternalServerError", "server")],
    ["throttled", service("ThrottlingException", "client")],
    ["too much for a partition", service("ProvisionedThroughputExceededException", "client")],
    ["too much for a bucket", service("SlowDown", "client")],
  ])("is an outage: %s", (_, cause) => {
    expect(failed("PutItem", cause)).toBeInstanceOf(StoreOutage);
  });

  test.each([
    ["the request is wrong", service("ValidationException", "client")],
    ["no such table", service("ResourceNotFoundException", "client")],
    ["not allowed", service("AccessDeniedException", "client")],
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
