import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Anthropic from "@anthropic-ai/sdk";
import { afterEach, expect, it } from "vitest";
import { asTurn, MODEL, user } from "./support.ts";

const entry = fileURLToPath(new URL("../../../services/local/claude-stub/main.ts", import.meta.url));
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Starts the stub as a process and waits for its ready line. */
async function start(
  env: Record<string, string>,
): Promise<{ url: string; end: (signal: NodeJS.Signals) => Promise<unknown> }> {
  const child = spawn(process.execPath, [entry], {
    env: { PATH: process.env.PATH ?? "", STUB_LATENCY: "none", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  cleanups.push(() => child.kill("SIGKILL"));
  const [line] = await once(child.stdout, "data");
  const ready: { event: string; url: string } = JSON.parse(String(line));
  expect(ready.event).toBe("claude-stub.ready");
  return {
    url: ready.url,
    end: async (signal) => {
      const ended = once(child, "exit");
      child.kill(signal);
      return (await ended)[0];
    },
  };
}

it("runs as a process, and a second one knows what the first has billed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "claude-stub-"));
  cleanups.push(() => rm(folder, { recursive: true }));
  const env = { STUB_JOURNAL: join(folder, "calls.jsonl"), STUB_RPM: "600" };
  const call = (url: string) =>
    new Anthropic({ apiKey: "k", baseURL: url, maxRetries: 0 }).messages
      .create({ model: MODEL, max_tokens: 20, messages: [user("hello")] }, asTurn("r", 1))
      .withResponse();

  const first = await start(env);
  const { response } = await call(first.url);
  expect(response.headers.get("anthropic-ratelimit-requests-limit")).toBe("600");
  expect(await first.end("SIGTERM")).toBe(0);

  const second = await start(env);
  await call(second.url);
  const counted = await fetch(`${second.url}/_stub/calls?run=r`);
  expect(await counted.json()).toMatchObject({
    totals: { started: 2, completed: 2, turnsCompletedAgain: 1 },
    runs: [{ runId: "r", turns: [{ turn: 1, completed: 2 }] }],
  });
  expect(await second.end("SIGTERM")).toBe(0);
});
