import { RateLimitError } from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { RateLimits } from "../../../services/local/claude-stub/buckets.ts";
import { control, MODEL, stubAndClient, user } from "./support.ts";

const LIMITS = {
  requestsPerMinute: 60,
  inputTokensPerMinute: 60_000,
  outputTokensPerMinute: 6_000,
  burstSeconds: 60,
};

function limitsAt(now: number, burstSeconds = 60): RateLimits {
  const limits = new RateLimits();
  limits.set("*", { ...LIMITS, burstSeconds });
  limits.admit("warm", 0, now);
  return limits;
}

describe("token buckets", () => {
  it("lets the burst through, then refills continuously", () => {
    const limits = limitsAt(0, 2);
    expect(limits.admit("m", 1, 0).kind).toBe("admitted");
    expect(limits.admit("m", 1, 0).kind).toBe("admitted");
    expect(limits.admit("m", 1, 0)).toEqual({ kind: "limited", by: "requests", limit: 60, retryAfterS: 1 });
    expect(limits.admit("m", 1, 999).kind).toBe("limited");
    expect(limits.admit("m", 1, 1_000).kind).toBe("admitted");
  });

  it("says which bucket is short and for how long", () => {
    const limits = limitsAt(0);
    limits.admit("m", 60_000, 0);
    expect(limits.admit("m", 10_000, 0)).toMatchObject({ by: "input-tokens", retryAfterS: 10 });
    limits.settle("m", 6_600, 0);
    expect(limits.admit("m", 1, 0)).toMatchObject({ by: "output-tokens", retryAfterS: 7 });
  });

  it("keeps model classes apart and never fills above the burst", () => {
    const limits = limitsAt(0, 1);
    limits.admit("a", 1, 0);
    expect(limits.admit("b", 1, 0).kind).toBe("admitted");
    expect(limits.admit("a", 1, 3_600_000).kind).toBe("admitted");
    expect(limits.admit("a", 1, 3_600_000).kind).toBe("limited");
  });

  it("writes the headers of the API", () => {
    const limits = limitsAt(0);
    limits.admit("m", 6_400, 0);
    expect(limits.headers("m", 0)).toMatchObject({
      "anthropic-ratelimit-requests-limit": "60",
      "anthropic-ratelimit-requests-remaining": "59",
      "anthropic-ratelimit-requests-reset": "1970-01-01T00:00:01Z",
      "anthropic-ratelimit-input-tokens-remaining": "54000",
      "anthropic-ratelimit-input-tokens-reset": "1970-01-01T00:00:07Z",
      "anthropic-ratelimit-output-tokens-limit": "6000",
    });
  });
});

describe("rate limits on the wire", () => {
  it("refuses with 429, retry-after and the headers, and bills nothing", async () => {
    const { client, stub } = await stubAndClient();
    await control(stub, "config", { limits: { "haiku-5-5": { requestsPerMinute: 30, burstSeconds: 2 } } });
    const call = () => client.messages.create({ model: MODEL, max_tokens: 10, messages: [user("hello")] });
    const { response } = await client.messages
      .create({ model: MODEL, max_tokens: 10, messages: [user("hello")] })
      .withResponse();
    expect(response.headers.get("anthropic-ratelimit-requests-limit")).toBe("30");
    expect(response.headers.get("request-id")).toMatch(/^req_/);
    expect(response.headers.get("anthropic-organization-id")).not.toBeNull();
    const error: unknown = await call().catch((thrown: unknown) => thrown);
    if (!(error instanceof RateLimitError)) throw new Error("no 429");
    expect(error.type).toBe("rate_limit_error");
    expect(error.headers.get("retry-after")).toBe("2");
    expect(error.headers.get("anthropic-ratelimit-requests-remaining")).toBe("0");
    expect(stub.state.ledger.totals()).toMatchObject({ started: 2, completed: 1, refused: 1 });
  });

  it("does not count cache reads against the input limit", async () => {
    const { client, stub } = await stubAndClient();
    await control(stub, "config", { limits: { "*": { inputTokensPerMinute: 1_500 } } });
    const call = () =>
      client.messages.create({
        model: MODEL,
        max_tokens: 10,
        cache_control: { type: "ephemeral" },
        messages: [user("x".repeat(4_000))],
      });
    await call();
    expect((await call()).usage.cache_read_input_tokens).toBe(1_000);
    await call();
  });
});
