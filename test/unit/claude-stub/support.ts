/** A stub in process and the SDK as its client, for the tests of this folder. */
import Anthropic from "@anthropic-ai/sdk";
import { afterEach } from "vitest";
import { type RunningStub, startStub } from "../../../services/local/claude-stub/server.ts";
import type { StubOptions } from "../../../services/local/claude-stub/state.ts";

/** The model that tests call. */
export const MODEL = "claude-haiku-5-5";

const running: RunningStub[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((stub) => stub.close()));
});

/** Starts a stub that ends with the test, and a client without retries. */
export async function stubAndClient(options: StubOptions = {}): Promise<{ stub: RunningStub; client: Anthropic }> {
  const stub = await startStub(options);
  running.push(stub);
  return { stub, client: new Anthropic({ apiKey: "test", baseURL: stub.url, maxRetries: 0 }) };
}

/** Headers that a worker sends with the call of a turn. */
export function asTurn(runId: string, turn: number): { headers: Record<string, string> } {
  return { headers: { "x-muster-run-id": runId, "x-muster-turn": String(turn) } };
}

/** Sends a document to the control endpoint. */
export async function control(stub: RunningStub, path: string, body: unknown): Promise<Response> {
  return fetch(`${stub.url}/_stub/${path}`, { method: "POST", body: JSON.stringify(body) });
}

/** Counts of the first turn of a run. */
export function countsOf(stub: RunningStub, runId: string): unknown {
  return stub.state.ledger.run(runId);
}

/** A user message. */
export function user(content: string): Anthropic.MessageParam {
  return { role: "user", content };
}

/** Waits until `condition` holds, giving the event loop its turns. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 10_000) throw new Error("what was waited for did not happen");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
