/** The agent that every run of a simulation runs: its input is a plan of turns and tools, and its tools act on the world. */
import { z } from "zod";
import type { Message } from "../../../services/contract/turn.ts";
import { type Agent, defineAgent, type Replay, type Tool, type ToolContext } from "../../../services/core/agent.ts";
import type { SimProcess } from "../engine/sim-process.ts";

/** How many turns a run has, a number from which the tools of each turn follow, and how many of its first calls fail. */
const planSchema = z.object({
  turns: z.int().min(1).max(20),
  mix: z.int().nonnegative(),
  /** The answer depends on nothing but this plan and the tenant. */
  pure: z.boolean().optional(),
  curse: z.int().positive().optional(),
  /** How many of its calls kill the worker that makes them. */
  poison: z.int().positive().optional(),
});
export type Plan = z.infer<typeof planSchema>;

const kinds: readonly Replay[] = ["pure", "keyed", "unsafe"];

/** Names of the tools that the answer of a turn asks for: none, one, or two. */
export function toolsOfTurn(plan: Plan, turn: number): Replay[] {
  const mixed = Math.imul(plan.mix + 1, 0x9e3779b1) ^ Math.imul(turn, 0x85ebca6b);
  const count = [1, 1, 2, 0][(mixed >>> 3) & 3] ?? 1;
  return Array.from({ length: count }, (_, i) => kinds[((mixed >>> (8 + 4 * i)) & 255) % kinds.length] ?? "pure");
}

const plans = new Map<string, Plan>();
const PLANS_MAX = 5_000;

/** The plan that a run's first message carries. */
export function planOf(first: Message | undefined): Plan {
  const text = typeof first?.content === "string" ? first.content : "";
  const known = plans.get(text);
  if (known !== undefined) return known;
  if (plans.size >= PLANS_MAX) plans.clear();
  const plan = planSchema.parse(JSON.parse(text));
  plans.set(text, plan);
  return plan;
}

/** What a tool does to the world when a process runs it. */
export type Act = (by: SimProcess, replay: Replay, context: ToolContext) => Promise<string>;

const toolOf = (replay: Replay, by: SimProcess, act: Act): Tool => ({
  name: replay,
  description: `a ${replay} tool`,
  input: z.object({ n: z.int() }),
  replay,
  run: (_args, context) => act(by, replay, context),
});

/** The agents of one process: tools know in which process they run. */
export function agentsOf(by: SimProcess, act: Act): ReadonlyMap<string, Agent> {
  const agent = defineAgent({
    version: "1",
    description: "plays a plan",
    model: "simple",
    maxTokens: 256,
    toolResultBytes: 2_000,
    instructions: "Play the plan.",
    input: planSchema,
    tools: kinds.map((replay) => toolOf(replay, by, act)),
    prompt: (plan) => JSON.stringify(plan),
  });
  const pure = defineAgent({
    version: "1",
    description: "answers at once, and equal plans alike",
    model: "simple",
    maxTokens: 256,
    instructions: "Answer.",
    memo: { version: "1", ttlMs: 24 * 3_600_000 },
    input: planSchema,
    prompt: (plan) => JSON.stringify(plan),
  });
  return new Map([
    ["sim", agent],
    ["pure", pure],
  ]);
}
