/** What an agent is: written by its author with `defineAgent`, frozen into a spec when a run is accepted. */
import { z } from "zod";
import { limits } from "../contract/limits.ts";
import { type ModelClass, modelOfClass } from "../contract/models.ts";
import { canonicalJson, sha256 } from "./digest.ts";

/** Whether a tool may run again after a crash: freely, with the same key (the `tool_use` id), or never. */
export type Replay = "pure" | "keyed" | "unsafe";

/** What a tool may use. `readObject` reads a document of the run's own tenant by name. */
export type ToolContext = {
  readonly input: unknown;
  readonly key: string;
  readonly signal: AbortSignal;
  readObject(name: string): Promise<string>;
};

/** A tool as its author writes it. A thrown error is told to the model as the result. */
export type Tool = {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType;
  readonly replay: Replay;
  run(args: unknown, context: ToolContext): Promise<string>;
};

/** An agent as its author writes it. `prompt` renders the first message from the checked input. */
export type Agent = {
  readonly version: string;
  readonly description: string;
  readonly model: ModelClass | { readonly id: string };
  readonly maxTokens: number;
  readonly turnsMax: number;
  readonly toolResultBytes: number;
  readonly timeoutMs: number;
  readonly instructions: string;
  readonly input: z.ZodType;
  readonly output?: z.ZodType;
  readonly tools: readonly Tool[];
  prompt(input: unknown): string;
};

/** Gives a tool its argument type; the arguments are checked before `run`. */
export function defineTool<S extends z.ZodType>(
  tool: Omit<Tool, "input" | "run"> & {
    readonly input: S;
    run(args: z.output<S>, context: ToolContext): Promise<string> | string;
  },
): Tool {
  return { ...tool, run: async (args, context) => tool.run(tool.input.parse(args), context) };
}

type Optional = "tools" | "maxTokens" | "turnsMax" | "toolResultBytes" | "timeoutMs";

/** Gives an agent its input type and defaults for what it leaves out. */
export function defineAgent<S extends z.ZodType>(
  agent: Omit<Agent, "input" | "prompt" | Optional> &
    Partial<Pick<Agent, Optional>> & { readonly input: S; prompt(input: z.output<S>): string },
): Agent {
  return {
    tools: [],
    maxTokens: 4_096,
    turnsMax: 50,
    toolResultBytes: limits.toolResultBytes,
    timeoutMs: limits.timeoutDefaultMs,
    ...agent,
    prompt: (input) => agent.prompt(agent.input.parse(input)),
  };
}

/** The frozen part of an agent: what the model sees and the limits of the run. Kept by its digest. */
export const agentSpec = z.object({
  name: z.string(),
  version: z.string(),
  model: z.string(),
  maxTokens: z.int().positive(),
  turnsMax: z.int().positive(),
  toolResultBytes: z.int().positive(),
  system: z.string(),
  tools: z.array(z.object({ name: z.string(), description: z.string(), input_schema: z.json() })),
  replay: z.record(z.string(), z.enum(["pure", "keyed", "unsafe"])),
  outputSchema: z.json().optional(),
});
export type AgentSpec = z.infer<typeof agentSpec>;

const jsonSchema = (schema: z.ZodType, io: "input" | "output") =>
  z.json().parse(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io, target: "draft-2020-12" }))));

/** Freezes an agent; `text` is canonical JSON, so equal agents have equal digests. */
export function freeze(
  name: string,
  agent: Agent,
): { spec: AgentSpec; text: string; digest: ReturnType<typeof sha256> } {
  const spec: AgentSpec = {
    name,
    version: agent.version,
    model: typeof agent.model === "string" ? modelOfClass[agent.model] : agent.model.id,
    maxTokens: agent.maxTokens,
    turnsMax: Math.min(agent.turnsMax, limits.turnsMax),
    toolResultBytes: agent.toolResultBytes,
    system: agent.instructions,
    tools: agent.tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      input_schema: jsonSchema(tool.input, "input"),
    })),
    replay: Object.fromEntries(agent.tools.map((tool) => [tool.name, tool.replay])),
    ...(agent.output === undefined ? {} : { outputSchema: jsonSchema(agent.output, "output") }),
  };
  const text = canonicalJson(spec);
  return { spec, text, digest: sha256(text) };
}
