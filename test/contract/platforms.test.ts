/** Claude Platform on AWS and Bedrock: the shape and the signature of what their packages send, against a server on this machine. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bedrockModel, mantleModel } from "../../services/adapters/model/bedrock.ts";
import { claudeAwsModel } from "../../services/adapters/model/claude-aws.ts";
import { modelFromEnv } from "../../services/adapters/model/from-env.ts";
import { optionalPackage } from "../../services/adapters/model/optional-package.ts";
import { platformsModel } from "../../services/adapters/model/platforms.ts";
import { systemClock as clock } from "../../services/adapters/system/clock.ts";
import type { Model, ModelAnswer, ModelRequest } from "../../services/ports/model.ts";
import { aUsage } from "../support/builders.ts";
import { chunkFrame, exceptionFrame } from "../support/event-stream.ts";
import { httpStandIn, type Kept, type Reply } from "../support/http-stand-in.ts";
import { aRunId } from "../support/ids.ts";

const events = [
  {
    type: "message_start",
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [],
      usage: { input_tokens: 7, output_tokens: 1 },
    },
  },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "High at noon." } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 4 } },
  { type: "message_stop" },
];
const sse: Reply = {
  type: "text/event-stream",
  body: events.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join(""),
};
const binary = (...frames: Buffer[]): Reply => ({
  type: "application/vnd.amazon.eventstream",
  body: Buffer.concat([...events.slice(0, frames.length === 0 ? undefined : 3).map(chunkFrame), ...frames]),
});
const answered = {
  kind: "answer",
  messageId: "msg_1",
  stopReason: "end_turn",
  content: [{ type: "text", text: "High at noon." }],
  usage: { inputTokens: 7, outputTokens: 4 },
};

const aRequest = (): ModelRequest => ({
  runId: aRunId(),
  turn: 1,
  model: "claude-haiku-5-5",
  maxTokens: 200,
  system: "Answer.",
  tools: [],
  messages: [{ role: "user", content: "How are the tides?" }],
});
const nothing: Kept = { path: "", headers: {}, body: "{}" };
const options = () => ({ signal: new AbortController().signal, idleMs: 10_000 });

type Made = (baseURL: string, apiKey: string | undefined) => Promise<Model>;

const platforms: readonly [string, Made, Reply, { path: string; service: string; model: string | undefined }][] = [
  [
    "claude-aws",
    (baseURL, apiKey) => claudeAwsModel({ region: "eu-west-1", workspaceId: "wrkspc_1", apiKey, baseURL, clock }),
    sse,
    { path: "/v1/messages", service: "aws-external-anthropic", model: "claude-haiku-5-5" },
  ],
  [
    "bedrock",
    (baseURL, apiKey) => bedrockModel({ region: "eu-west-1", prefix: "anthropic.", apiKey, baseURL, clock }),
    binary(),
    {
      path: "/model/anthropic.claude-haiku-5-5/invoke-with-response-stream",
      service: "bedrock",
      model: undefined,
    },
  ],
  [
    "bedrock-mantle",
    (baseURL, apiKey) => mantleModel({ region: "eu-west-1", prefix: "anthropic.", apiKey, baseURL, clock }),
    sse,
    { path: "/v1/messages", service: "bedrock-mantle", model: "anthropic.claude-haiku-5-5" },
  ],
];

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  vi.stubEnv("AWS_SESSION_TOKEN", "session");
});
afterEach(() => vi.unstubAllEnvs());

describe.each(platforms)("%s", (name, make, reply, wire) => {
  test("a call with a key: its path, its body, its bearer; the answer is read as any other", async () => {
    const server = await httpStandIn(reply);
    try {
      expect(await (await make(server.url, "key-1")).call(aRequest(), options())).toMatchObject(answered);
      expect(server.kept).toHaveLength(1);
      const [{ path, headers, body } = nothing] = server.kept;
      expect(path).toBe(wire.path);
      expect(headers.authorization).toBe("Bearer key-1");
      const sent = JSON.parse(body);
      expect(sent).toMatchObject({ max_tokens: 200, messages: [{ role: "user" }] });
      expect(sent.model).toBe(wire.model);
      if (name === "claude-aws") expect(headers["anthropic-workspace-id"]).toBe("wrkspc_1");
      if (name === "bedrock") expect(sent.anthropic_version).toBeDefined();
    } finally {
      server.close();
    }
  });

  test("without a key it is signed with the credentials that AWS's chain finds", async () => {
    const server = await httpStandIn(reply);
    try {
      expect(await (await make(server.url, undefined)).call(aRequest(), options())).toMatchObject(answered);
      const [{ headers } = nothing] = server.kept;
      expect(headers.authorization).toMatch(
        new RegExp(`^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\\d{8}/eu-west-1/${wire.service}/aws4_request`),
      );
      expect(headers["x-amz-security-token"]).toBe("session");
    } finally {
      server.close();
    }
  });

  test("a refusal is classified, and sent once", async () => {
    const server = await httpStandIn({
      status: 429,
      type: "application/json",
      body: '{"message":"Too many requests"}',
    });
    try {
      const model = await make(server.url, "key-1");
      expect(await model.call(aRequest(), options())).toMatchObject({
        kind: "failed",
        code: "rate-limited",
        billed: "no",
      });
      expect(server.kept).toHaveLength(1);
    } finally {
      server.close();
    }
  });
});

test.each([
  ["throttlingException", "rate-limited"],
  ["internalServerException", "server-error"],
  ["modelStreamErrorException", "server-error"],
])("Bedrock's %s in mid-stream is %s, and may be billed", async (name, code) => {
  const server = await httpStandIn(binary(exceptionFrame(name, "so it is")));
  try {
    const model = await bedrockModel({
      region: "eu-west-1",
      prefix: "anthropic.",
      apiKey: "k",
      baseURL: server.url,
      clock,
    });
    expect(await model.call(aRequest(), options())).toMatchObject({ kind: "failed", code, billed: "maybe" });
  } finally {
    server.close();
  }
});

describe("packages and settings", () => {
  test("a package that is not installed is named, with what to do; another fault of it stays what it is", async () => {
    const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
    await expect(optionalPackage("@anthropic-ai/aws-sdk", () => Promise.reject(missing))).rejects.toThrow(
      "npm install @anthropic-ai/aws-sdk",
    );
    await expect(optionalPackage("x", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });

  test.each([
    ["anthropic", "ANTHROPIC_API_KEY"],
    ["claude-aws", "ANTHROPIC_AWS_WORKSPACE_ID"],
  ] as const)("the platform %s says that it needs %s", async (name, variable) => {
    const env = { AWS_REGION: "eu-west-1", MUSTER_PLATFORM: name, MUSTER_BEDROCK_MODEL_PREFIX: "anthropic." };
    await expect(modelFromEnv({ env, claudeKey: undefined, clock })).rejects.toThrow(variable);
  });
});

describe("two platforms behind one model", () => {
  const reasoning = { type: "thinking", thinking: "hm", signature: "s" } as const;
  const text = { type: "text", text: "Twice." } as const;

  function recorded() {
    const calls: ModelRequest[] = [];
    const answer: ModelAnswer = {
      kind: "answer",
      model: "m",
      messageId: "msg",
      requestId: undefined,
      content: [reasoning, text],
      stopReason: "end_turn",
      usage: aUsage(),
    };
    const model: Model = {
      call: async (request) => {
        calls.push(request);
        return answer;
      },
    };
    return { calls, model };
  }
  const history: ModelRequest["messages"] = [
    { role: "user", content: "Why?" },
    { role: "assistant", content: [reasoning, text] },
    { role: "user", content: "And then?" },
    { role: "assistant", content: [reasoning] },
    { role: "user", content: "And then?" },
  ];

  test("the other one gets and gives no reasoning, and its price is named; the first one's bytes stay as they are", async () => {
    const [first, second] = [recorded(), recorded()];
    const model = platformsModel([
      { platform: "anthropic", model: first.model },
      { platform: "bedrock", model: second.model },
    ]);
    const request = { ...aRequest(), messages: history };
    const own = await model.call(request, options());
    expect(first.calls[0]?.messages).toBe(history);
    expect(own).toMatchObject({ content: [reasoning, text] });
    expect(own).not.toHaveProperty("pricedAs");
    const other = await model.call({ ...request, platform: "bedrock" }, options());
    expect(JSON.stringify(second.calls[0]?.messages)).not.toContain("thinking");
    expect(second.calls[0]?.messages.every(({ content }) => content.length > 0)).toBe(true);
    expect(other).toMatchObject({ content: [text], pricedAs: "bedrock:claude-haiku-5-5" });
    await expect(model.call({ ...request, platform: "claude-aws" }, options())).rejects.toThrow("claude-aws");
  });
});
