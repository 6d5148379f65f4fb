/** What an agent is: written by its author with `defineAgent`, frozen into a spec when a run is accepted. */
import { z } from "zod";
import { limits } from "../contract/limits.ts";
import { type MemoTerms, memoTerms } from "../contract/memo.ts";
import { type ModelClass, modelOfClass } from "../contract/models.ts";
import { ladder } from "../contract/routing.ts";
import type { SavingName } from "../contract/savings.ts";
import { chooseClearing } from "./clearing.ts";
import { canonicalJson, sha256 } from "./digest.ts";
import { READ_MORE, readMoreInput, readMoreText } from "./read-more.ts";
import type { ModelWish, NamedModel, Start } from "./routing.ts";

/** Whether a tool may run again after a crash: freely, with the same key (the `tool_use` id), or never. */
export type Replay = "pure" | "keyed" | "unsafe";

/**
 * What a tool may use: the run's own input (typed in tools of `toolFor`), the key of this call (the `tool_use` id, the same
 * when the call is repeated), and `readObject`, which reads a document of the run's own tenant by name.
 */
export type ToolContext<Input = unknown> = {
  readonly input: Input;
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

/**
 * An agent as its author writes it. `prompt` renders the first message from the checked input. `shared` renders what comes
 * before it and is the same for many runs, such as the document that they are asked about: they share it in the prompt cache.
 * A tool result above `wholeResultBytes` is stored, and the model gets its head, its tail and the tool `read_more`.
 */
export type Agent = {
  readonly version: string;
  readonly description: string;
  /** A class, a model, or who chooses one for each run (docs/routing.md). */
  readonly model: ModelWish;
  /** What a submit may ask for instead; absent: nothing else, and every class where the rules choose. */
  readonly models?: readonly NamedModel[];
  /** The highest class that evidence may lift a run to; absent: it stays where it began. */
  readonly escalateTo?: ModelClass;
  readonly maxTokens: number;
  readonly turnsMax: number;
  readonly toolResultBytes: number;
  readonly wholeResultBytes: number;
  readonly timeoutMs: number;
  readonly instructions: string;
  readonly input: z.ZodType;
  readonly output?: z.ZodType;
  readonly tools: readonly Tool[];
  /** Set on agents that are pure: the same request may be answered with an answer that was given before. */
  readonly memo?: MemoTerms;
  prompt(input: unknown): string;
  shared?(input: unknown): string;
  /** Why an output that fits the schema is no good all the same; undefined when it is good. A thrown error says why, too. */
  verify?(output: unknown, input: unknown): string | undefined;
};

/** A tool of an agent with input `Input`, before its types are put away. */
type TypedTool<S extends z.ZodType, Input> = Omit<Tool, "input" | "run"> & {
  readonly input: S;
  run(args: z.output<S>, context: ToolContext<Input>): Promise<string> | string;
};

/**
 * A `defineTool` for the tools of one agent: they see the run's input with the type of the agent's schema `runInput`.
 * Arguments and input are parsed before `run`; wrong arguments throw, and the model is told.
 */
export const toolFor =
  <I extends z.ZodType>(runInput: I) =>
  <S extends z.ZodType>(tool: TypedTool<S, z.output<I>>): Tool => ({
    ...tool,
    run: async (args, context) =>
      tool.run(tool.input.parse(args), {
        input: runInput.parse(context.input),
        key: context.key,
        signal: context.signal,
        readObject: (name) => context.readObject(name),
      }),
  });

/** Gives a tool its argument type; for tools that do not look at the run's input. */
export const defineTool = toolFor(z.unknown());

type Optional = "tools" | "maxTokens" | "turnsMax" | "toolResultBytes" | "wholeResultBytes" | "timeoutMs";

/** Gives an agent its input type and defaults for what it leaves out. */
export function defineAgent<S extends z.ZodType, O extends z.ZodType = z.ZodString>(
  agent: Omit<Agent, "input" | "output" | "prompt" | "shared" | "verify" | Optional> &
    Partial<Pick<Agent, Optional>> & {
      readonly input: S;
      readonly output?: O;
      prompt(input: z.output<S>): string;
      shared?(input: z.output<S>): string;
      verify?(output: z.output<O>, input: z.output<S>): string | undefined;
    },
): Agent {
  const { shared, ...rest } = agent;
  // Called with what the output schema gave, so its types hold.
  const checks: Pick<Agent, "verify"> = rest;
  const whole: Agent = {
    tools: [],
    maxTokens: 4_096,
    turnsMax: 50,
    toolResultBytes: limits.toolResultBytes,
    wholeResultBytes: limits.wholeResultBytes,
    timeoutMs: limits.timeoutDefaultMs,
    ...rest,
    ...checks,
    prompt: (input) => agent.prompt(agent.input.parse(input)),
    ...(shared === undefined ? {} : { shared: (input: unknown) => shared(agent.input.parse(input)) }),
  };
  defined.add(whole);
  return whole;
}

const defined = new WeakSet<object>();

/** Whether a value, such as the default export of a file, was made by `defineAgent`. */
export const isAgent = (value: unknown): value is Agent =>
  typeof value === "object" && value !== null && defined.has(value);

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
  /** Absent on specs of before: the run stays on `model`. */
  ladder: ladder.optional(),
  memo: memoTerms.optional(),
  /** Longer tool results are stored and shortened; absent: they are cut. */
  wholeResultBytes: z.int().positive().optional(),
  /** When the API clears old tool results; absent: never. */
  clearing: z.object({ aboveTokens: z.int(), keepToolUses: z.int(), atLeastTokens: z.int() }).optional(),
});
export type AgentSpec = z.infer<typeof agentSpec>;

const jsonSchema = (schema: z.ZodType, io: "input" | "output") =>
  z.json().parse(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io, target: "draft-2020-12" }))));

/** What every agent with tools gets besides them, unless it is not wanted or a tool of its own has the name. */
function savingsOf(agent: Agent, model: string, off: readonly SavingName[]) {
  if (agent.tools.length === 0) return { tools: [], rest: {} };
  const named = agent.tools.some((tool) => tool.name === READ_MORE);
  const shortens = !named && !off.includes("compression");
  const { clearing } = chooseClearing(model);
  return {
    tools: shortens
      ? [{ name: READ_MORE, description: readMoreText, input_schema: jsonSchema(readMoreInput, "input") }]
      : [],
    rest: {
      ...(shortens ? { wholeResultBytes: agent.wholeResultBytes } : {}),
      ...(clearing === undefined || off.includes("clearing") ? {} : { clearing }),
    },
  };
}

/** Where an agent begins of which nothing else is known: what it names, or the usual class. */
function declared({ model }: Agent): Frozen["start"] {
  const wish = typeof model === "object" && "route" in model ? "standard" : model;
  const id = typeof wish === "string" ? modelOfClass[wish] : wish.id;
  return { model: id, ladder: { tiers: [{ model: id }], top: 0 } };
}

/** What is frozen with an agent: where it begins, and which savings are off. */
type Frozen = { readonly start: Pick<Start, "model" | "ladder">; readonly off: readonly SavingName[] };

/**
 * Freezes an agent; `text` is canonical JSON, so equal agents have equal digests. The ladder, and savings that change what the
 * model sees, are frozen with it: a run keeps what was in use when it was accepted.
 */
export function freeze(
  name: string,
  agent: Agent,
  { start = declared(agent), off = [] }: Partial<Frozen> = {},
): { spec: AgentSpec; text: string; digest: ReturnType<typeof sha256> } {
  const savings = savingsOf(agent, start.model, off);
  const spec: AgentSpec = {
    name,
    version: agent.version,
    model: start.model,
    maxTokens: agent.maxTokens,
    turnsMax: Math.min(agent.turnsMax, limits.turnsMax),
    toolResultBytes: agent.toolResultBytes,
    system: agent.instructions,
    tools: [
      ...agent.tools.map(({ name, description, input }) => ({
        name,
        description,
        input_schema: jsonSchema(input, "input"),
      })),
      ...savings.tools,
    ],
    replay: {
      ...Object.fromEntries(agent.tools.map((tool) => [tool.name, tool.replay])),
      ...Object.fromEntries(savings.tools.map((tool) => [tool.name, "pure" as const])),
    },
    ...(start.ladder.tiers.length > 1 || start.ladder.classify !== undefined ? { ladder: start.ladder } : {}),
    ...(agent.output === undefined ? {} : { outputSchema: jsonSchema(agent.output, "output") }),
    ...(agent.memo === undefined ? {} : { memo: memoTerms.parse(agent.memo) }),
    ...savings.rest,
  };
  const text = canonicalJson(spec);
  return { spec, text, digest: sha256(text) };
}
