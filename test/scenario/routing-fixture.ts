/** API and workers of one memory world: runs come in as a client submits them, and are worked off with the scripted model. */
import { z } from "zod";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { api } from "../../services/api/app.ts";
import { runView, turnList } from "../../services/contract/http.ts";
import { agentName, type RunId, tenantId, wakeId, workerId } from "../../services/contract/ids.ts";
import { generousRateLimit } from "../../services/contract/rate.ts";
import { type RoutingSettings, usualRouting } from "../../services/contract/routing.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { type Agent, defineAgent, defineTool } from "../../services/core/agent.ts";
import { apiKeyOf, storedKey } from "../../services/core/api-key.ts";
import { isEnded, reclaim, wakeOf } from "../../services/core/lifecycle.ts";
import { Worker } from "../../services/worker/worker.ts";
import { aTimeMs } from "../support/builders.ts";

const rate = { platform: "test", workspace: "default", limits: { "*": generousRateLimit }, headroom: 0, rampMs: 0 };
const secret = apiKeyOf(new Uint8Array(32).fill(9));

const look = defineTool({
  name: "look",
  description: "looks something up",
  replay: "pure",
  input: z.object({ at: z.string() }),
  run: ({ at }) => {
    if (at.startsWith("bad")) throw new Error(`there is no page ${at.length}`);
    return `page ${at}`;
  },
});

const usual = {
  version: "1",
  description: "for tests",
  instructions: "Answer.",
  input: z.object({ question: z.string() }),
  output: z.object({ answer: z.string() }),
  prompt: ({ question }: { question: string }) => question,
  turnsMax: 4,
} as const;

/** Agents of the scenarios, by name. */
export const routedAgents: Readonly<Record<string, Agent>> = {
  climber: defineAgent({ ...usual, model: "simple", models: ["hard"], escalateTo: "hard", tools: [look] }),
  onestep: defineAgent({ ...usual, model: "simple", escalateTo: "standard", turnsMax: 1 }),
  settled: defineAgent({ ...usual, model: "simple" }),
  checked: defineAgent({
    ...usual,
    model: "simple",
    escalateTo: "standard",
    verify: ({ answer }, { question }) => (answer === question ? "it only repeats the question" : undefined),
  }),
  ruled: defineAgent({ ...usual, model: { route: "rules" }, escalateTo: "hard" }),
  judged: defineAgent({ ...usual, model: { route: "classify" }, escalateTo: "hard", tools: [look] }),
};

export async function aRoutedWorld(routing: RoutingSettings = usualRouting) {
  const clock = manualClock(aTimeMs);
  const world = memoryWorld({ clock, pageSize: 100 });
  const agents = new Map(Object.entries(routedAgents).map(([name, agent]) => [agentName.parse(name), agent]));
  const app = api({ ...world, rate, agents, routing });
  await world.keys.put(storedKey(secret, { tenant: tenantId.parse("acme"), role: "tenant", name: "t" }, aTimeMs));

  const ask = async (method: string, path: string, body?: unknown): Promise<Response> =>
    app.request(path, {
      method,
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const view = async (id: string) => runView.parse(await (await ask("GET", `/v1/runs/${id}`)).json());

  async function submit(agent: string, more: object = {}): Promise<RunId> {
    const response = await ask("POST", "/v1/runs", { agent, input: { question: "Why?" }, ...more });
    if (response.status !== 202) throw new Error(await response.text());
    return runView.parse(await response.json()).id;
  }

  function start(): Worker {
    const settings = { pool: "local", slots: 10, receiveWaitMs: 2_000, visibilityMs: 45_000 } as const;
    const id = workerId.parse(`w_${world.chance.id()}`);
    const worker = new Worker({ ...world, agents }, { ...settings, workerId: id, host: "test", version: "test", rate });
    worker.start();
    return worker;
  }

  const until = async (id: RunId, done: (head: RunHead) => boolean): Promise<RunHead> => {
    let last: RunHead | undefined;
    await clock.advanceUntil(async () => {
      [last] = await world.runs.read([id], clock.nowMs());
      return last !== undefined && done(last);
    }, 120_000);
    if (last === undefined) throw new Error(`no head of ${id}`);
    return last;
  };
  /** What the controller does when a run's worker is dead. */
  async function loseHolder(id: RunId): Promise<void> {
    const head = await until(id, ({ state }) => state === "RUNNING");
    const wake = wakeId.parse(`k_${world.chance.id()}`);
    await world.runs.write(id, reclaim(head, wake, clock.nowMs()));
    await world.queue.send(head.lane, [wakeOf(head, wake)]);
  }

  const ended = (id: RunId) => until(id, ({ state }) => isEnded(state));
  const turns = async (id: RunId) => turnList.parse(await (await ask("GET", `/v1/runs/${id}/turns`)).json()).turns;

  return { ...world, clock, ask, view, submit, start, until, ended, turns, loseHolder };
}
