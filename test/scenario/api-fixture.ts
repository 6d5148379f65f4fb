/** The API on a memory world with a manual clock, three callers, and agents to submit to. Every answer must be documented. */
import { expect } from "vitest";
import { z } from "zod";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { api } from "../../services/api/app.ts";
import type { ApiDeps } from "../../services/api/deps.ts";
import { routes } from "../../services/api/routes/all.ts";
import { problem } from "../../services/contract/http.ts";
import { agentName, type RunId, runId, tenantId, workerId } from "../../services/contract/ids.ts";
import type { Role } from "../../services/contract/keys.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { keys } from "../../services/contract/tables.ts";
import type { TurnDelta } from "../../services/contract/turn.ts";
import { type Agent, defineAgent } from "../../services/core/agent.ts";
import { apiKeyOf, storedKey } from "../../services/core/api-key.ts";
import type { Lease } from "../../services/core/held-run.ts";
import { commitAndEnd, commitTurn } from "../../services/core/lifecycle.ts";
import { aDelta, aHead, aTimeMs, aUsage } from "../support/builders.ts";

const echo = defineAgent({
  version: "1",
  description: "answers a question",
  model: "simple",
  instructions: "Answer.",
  input: z.strictObject({ question: z.string().min(1), times: z.int().max(9).default(1) }),
  output: z.object({ answer: z.string() }),
  prompt: ({ question, times }) => `${question} (${times} times)`,
});

export const testAgents: ReadonlyMap<string, Agent> = new Map([
  ["echo", echo],
  ["dear", { ...echo, model: "hard", maxTokens: 100_000 }],
  ["priceless", { ...echo, model: { id: "claude-unknown" } }],
  ["speechless", { ...echo, prompt: () => assertNever() }],
]);

const assertNever = (): never => {
  throw new Error("this agent has no words, and this text is nobody's business");
};

const secretOf = (fill: number): string => apiKeyOf(new Uint8Array(32).fill(fill));

export const callers = {
  acme: { secret: secretOf(1), tenant: tenantId.parse("acme"), role: "tenant" },
  rival: { secret: secretOf(2), tenant: tenantId.parse("rival"), role: "tenant" },
  operator: { secret: secretOf(3), tenant: tenantId.parse("staff"), role: "operator" },
} as const satisfies Record<string, { secret: string; tenant: ReturnType<typeof tenantId.parse>; role: Role }>;

export type Caller = keyof typeof callers;

/** A request; `as: null` sends no key. An object as `body` goes as JSON, a text as it is. */
export type Ask = {
  readonly as?: Caller | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** The route that a method and a path belong to. */
const routeOf = (method: string, path: string) =>
  routes.find(
    (route) =>
      route.method === method &&
      new RegExp(`^${route.path.replace(/\{\w+\}/g, "[^/]+")}$`).test(path.split("?")[0] ?? ""),
  );

/** Fails unless an answer is one that the route documents: status, media type, form. */
async function expectDocumented(method: string, path: string, response: Response): Promise<void> {
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("cache-control")).toBe("no-store");
  const type = response.headers.get("content-type");
  if (response.status >= 400) {
    expect(type).toBe("application/problem+json");
    const said = problem.parse(await response.clone().json());
    expect(said.status).toBe(response.status);
    return;
  }
  const answer = routeOf(method, path)?.answers[response.status];
  expect(answer, `${method} ${path} does not document ${response.status}`).toBeDefined();
  if (answer?.schema === undefined) return expect(response.body).toBeNull();
  if (type !== null && type === answer.also?.media) return;
  expect(type).toBe(answer.media ?? "application/json");
  if (answer.media === undefined) answer.schema.parse(await response.clone().json());
}

export const holder = workerId.parse("w_holder-of-the-run");

const apiRate = { platform: "p", workspace: "w", limits: {}, headroom: 0, rampMs: 0 };

/** An API of its own world; `queuedMax` bounds what a tenant may have waiting. */
export async function anApi({ queuedMax, waker }: Pick<ApiDeps, "queuedMax" | "waker"> = {}) {
  const clock = manualClock(aTimeMs);
  const world = memoryWorld({ clock, pageSize: 100 });
  const stop = new AbortController();
  const app = api({ ...world, rate: apiRate, agents: testAgents, queuedMax, waker, stopping: stop.signal });
  for (const [name, { secret, tenant, role }] of Object.entries(callers)) {
    await world.keys.put(storedKey(secret, { tenant, role, name }, aTimeMs));
  }

  async function ask(method: string, path: string, { as = "acme", body, headers = {}, signal }: Ask = {}) {
    const request = new Request(`http://muster.test${path}`, {
      method,
      headers: {
        ...(as === null ? {} : { authorization: `Bearer ${callers[as].secret}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const response = await app.fetch(request);
    await expectDocumented(method, path, response);
    return response;
  }

  /** The answer of a request that waits, reached by letting time pass. */
  async function askAndWait(method: string, path: string, options: Ask = {}): Promise<Response> {
    let answer: Response | undefined;
    const asked = ask(method, path, options).then((response) => {
      answer = response;
    });
    await clock.advanceUntil(() => answer !== undefined, 60_000);
    await asked;
    if (answer === undefined) throw new Error("no answer");
    return answer;
  }

  /** Puts a head as a worker would have left it. */
  async function put(overrides: Partial<RunHead> = {}): Promise<RunHead> {
    const head = aHead({ tenant: callers.acme.tenant, agent: agentName.parse("echo"), ...overrides });
    await world.runs.create(head, clock.nowMs());
    return head;
  }

  /** A run that a worker holds. */
  const putRunning = (overrides: Partial<RunHead> = {}): Promise<RunHead> =>
    put({ state: "RUNNING", holder, claimedAtMs: clock.nowMs(), ...overrides });

  /** Commits a turn of a running run as its holder does; `end` makes it the last. */
  async function commit(id: RunId, delta: Partial<TurnDelta> = {}, end = false): Promise<void> {
    const [head] = await world.runs.read([id], clock.nowMs());
    if (head === undefined) throw new Error(`there is no run ${id}`);
    const lease: Lease = { holder, epoch: head.epoch };
    const turn = { usage: aUsage(), costMicroUsd: 20 };
    await world.history.putDelta(aDelta({ runId: id, turn: head.turn, epoch: head.epoch, ...delta }));
    const write = end
      ? commitAndEnd(head, lease, { spend: turn, ending: { reason: "completed", nowMs: clock.nowMs() } })
      : commitTurn(head, lease, { ...turn, nextMicroUsd: 500 });
    expect((await world.runs.write(id, write)).kind).toBe("written");
  }

  const headOf = async (id: string): Promise<RunHead | undefined> =>
    (await world.runs.read([runId.parse(id)], clock.nowMs()))[0];

  return { app, ask, askAndWait, clock, commit, headOf, put, putRunning, stop, world };
}

/** A run with one field named, for tables of bad input. */
export const goodRun = { agent: "echo", input: { question: "Why?" } };

/** Holder of a queued run, for tests that park it. */
export const parkOf = keys.parkHolder;
