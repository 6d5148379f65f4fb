import { describe, expect, it } from "vitest";
import { PromptCache, type Segment } from "../../../services/local/claude-stub/cache.ts";
import { asTurn, MODEL, stubAndClient, user } from "./support.ts";

const seg = (text: string, tokens: number, mark?: "5m" | "1h"): Segment => ({ text, tokens, mark });
const NOW = 1_000_000;

describe("prompt cache", () => {
  it("writes a prefix once and reads it afterwards", () => {
    const cache = new PromptCache();
    const first = cache.split("m", [seg("a", 600, "5m"), seg("b", 10)], 512, NOW);
    expect(first).toMatchObject({ inputTokens: 10, readTokens: 0, write5mTokens: 600 });
    cache.commit(first, NOW);
    const second = cache.split("m", [seg("a", 600), seg("b", 10), seg("c", 50, "5m")], 512, NOW + 1);
    expect(second).toMatchObject({ inputTokens: 0, readTokens: 600, write5mTokens: 60 });
  });

  it.each([
    ["before the answer began", 0, false, 600],
    ["within the time to live", 299_999, true, 0],
    ["after the time to live", 300_000, true, 600],
  ])("%s", (_when, later, committed, written) => {
    const cache = new PromptCache();
    const split = cache.split("m", [seg("a", 600, "5m")], 512, NOW);
    if (committed) cache.commit(split, NOW);
    const again = cache.split("m", [seg("a", 600, "5m")], 512, NOW + later);
    expect(again.write5mTokens).toBe(written);
    expect(again.readTokens).toBe(600 - written);
  });

  it("keeps apart models, and leaves short prefixes alone", () => {
    const cache = new PromptCache();
    cache.commit(cache.split("m", [seg("a", 600, "5m")], 512, NOW), NOW);
    expect(cache.split("other", [seg("a", 600, "5m")], 512, NOW).readTokens).toBe(0);
    expect(cache.split("m", [seg("s", 511, "5m")], 512, NOW)).toMatchObject({ inputTokens: 511, entries: [] });
  });

  it("splits writes by time to live", () => {
    const split = new PromptCache().split("m", [seg("a", 600, "1h"), seg("b", 100, "5m"), seg("c", 7)], 512, NOW);
    expect(split).toMatchObject({ inputTokens: 7, write1hTokens: 600, write5mTokens: 100 });
  });

  it("looks back 20 blocks from a mark and no further", () => {
    const grown = (blocks: number): Segment[] => [
      seg("a", 600),
      ...Array.from({ length: blocks }, (_, i) => seg(`b${i}`, 1, i === blocks - 1 ? "5m" : undefined)),
    ];
    const cache = new PromptCache();
    cache.commit(cache.split("m", [seg("a", 600, "5m")], 512, NOW), NOW);
    expect(cache.split("m", grown(20), 512, NOW).readTokens).toBe(600);
    expect(cache.split("m", grown(21), 512, NOW).readTokens).toBe(0);
  });
});

describe("usage on the wire", () => {
  it("counts four characters a token and caches a growing conversation by itself", async () => {
    const { client } = await stubAndClient();
    const system = "x".repeat(4_000);
    const ask = (messages: Parameters<typeof client.messages.create>[0]["messages"], turn: number) =>
      client.messages.create(
        { model: MODEL, max_tokens: 500, system, cache_control: { type: "ephemeral" }, messages },
        asTurn("r", turn),
      );
    const first = await ask([user("y".repeat(400))], 1);
    expect(first.usage).toMatchObject({
      input_tokens: 0,
      cache_creation_input_tokens: 1_100,
      cache_creation: { ephemeral_5m_input_tokens: 1_100, ephemeral_1h_input_tokens: 0 },
      cache_read_input_tokens: 0,
    });
    const history = [user("y".repeat(400)), { role: "assistant" as const, content: "ok" }, user("z".repeat(40))];
    const second = await ask(history, 2);
    expect(second.usage).toMatchObject({
      input_tokens: 0,
      cache_read_input_tokens: 1_100,
      cache_creation_input_tokens: 11,
    });
  });

  it("counts tokens without a call", async () => {
    const { client, stub } = await stubAndClient();
    expect(await client.messages.countTokens({ model: MODEL, messages: [user("a".repeat(41))] })).toEqual({
      input_tokens: 11,
    });
    expect(stub.state.ledger.totals()).toMatchObject({ started: 0 });
  });
});
