/** The rehearsal: a run that says in its input how many turns it wants, how long each takes and which tools it calls. */
import { isArray, isObject, type Json } from "../narrow.ts";
import type { Draft, Part } from "../play.ts";
import type { MessagesRequest, Tool } from "../request.ts";
import { CHARS_PER_TOKEN } from "../tokens.ts";
import { materialFrom } from "./material.ts";
import { argumentsFor, instanceOf } from "./schema.ts";
import { firstUserText } from "./transcript.ts";

/** What a rehearsal asks for, for each of its turns. */
export interface Rehearsal {
  readonly turns: number;
  /** Milliseconds from arrival to the last event of a turn; undefined draws from the configured latency. */
  readonly turnMs: number | undefined;
  /** Text deltas of a turn. */
  readonly chunks: number;
  readonly outputTokens: number;
  readonly inputTokens: number | undefined;
  /** Kinds of tools to call, in turn; `pure` when there are none. */
  readonly tools: readonly string[];
}

/** Longest turn, most deltas and most tokens that a rehearsal may ask for. */
const MAX = { turns: 10_000, turnMs: 600_000, chunks: 10_000, outputTokens: 128_000, inputTokens: 1_000_000 } as const;

/** Cuts the JSON object that starts at `from` out of a text. */
function objectFrom(text: string, from: number): unknown {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const char = text.charAt(at);
    if (quoted && char === "\\") at++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === "{") depth++;
    else if (!quoted && char === "}" && --depth === 0) {
      try {
        return JSON.parse(text.slice(from, at + 1));
      } catch {
        return undefined;
      }
    }
  }
  return undefined;
}

function within(value: unknown, least: number, most: number, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : otherwise;
}

function read(text: string): Rehearsal | undefined {
  const key = text.indexOf('"rehearsal"');
  const brace = key < 0 ? -1 : text.lastIndexOf("{", key);
  const outer = brace < 0 ? undefined : objectFrom(text, brace);
  const raw = isObject(outer) ? outer.rehearsal : undefined;
  if (!isObject(raw)) return undefined;
  const chunks = Math.round(within(raw.chunks, 1, MAX.chunks, 1));
  return {
    turns: Math.round(within(raw.turns, 1, MAX.turns, 1)),
    turnMs: raw.turnMs === undefined ? undefined : within(raw.turnMs, 0, MAX.turnMs, 0),
    chunks,
    outputTokens: Math.round(within(raw.outputTokens, 1, MAX.outputTokens, 4 * chunks)),
    inputTokens: raw.inputTokens === undefined ? undefined : within(raw.inputTokens, 0, MAX.inputTokens, 0),
    tools: isArray(raw.tools) ? raw.tools.filter((tool) => typeof tool === "string") : [],
  };
}

/** The rehearsal that a request's first user message, or its system prompt, asks for. */
export function rehearsalOf(request: MessagesRequest): Rehearsal | undefined {
  return read(firstUserText(request)) ?? read(request.system.map((block) => block.text).join("\n"));
}

/** The tool of turn `turn` (from 1): the mix in order, each kind by the offered tool that is named after it. */
function toolOf(rehearsal: Rehearsal, tools: readonly Tool[], turn: number): Tool | undefined {
  const { length } = rehearsal.tools;
  const kind = length === 0 ? "pure" : rehearsal.tools[(turn - 1) % length];
  const named = tools.find((tool) => tool.name === kind);
  return (
    named ?? tools.find((tool) => kind !== undefined && tool.name.includes(kind)) ?? tools[(turn - 1) % tools.length]
  );
}

/** Output tokens left for the tool call of a turn. */
const CALL_TOKENS = 40;

const FILLER = "The rehearsal goes on as planned and every part of it is where it should be. ";

function filler(chars: number): string {
  return FILLER.repeat(Math.ceil(chars / FILLER.length)).slice(0, chars);
}

function lastPart(request: MessagesRequest, rehearsal: Rehearsal, text: string): Part {
  const schema: Json | undefined = request.outputSchema;
  if (schema === undefined) return { kind: "text", text };
  const material = materialFrom(`Rehearsal of ${rehearsal.turns} turns finished. ${FILLER}`, []);
  return { kind: "text", text: JSON.stringify(instanceOf(schema, material)) };
}

/** The turn that comes next: how many answers the history holds says which. */
export function rehearsalDraft(rehearsal: Rehearsal, request: MessagesRequest): Draft {
  const before = request.messages.filter((message) => message.role === "assistant").length;
  const turn = before + 1;
  const tool =
    turn < rehearsal.turns && request.toolChoice.kind !== "none" ? toolOf(rehearsal, request.tools, turn) : undefined;
  const words = rehearsal.outputTokens - (tool === undefined ? 0 : CALL_TOKENS);
  const text = filler(Math.max(rehearsal.chunks, words * CHARS_PER_TOKEN));
  const parts: readonly Part[] =
    tool === undefined
      ? [lastPart(request, rehearsal, text)]
      : [
          { kind: "text", text },
          { kind: "call", tool: tool.name, input: argumentsFor(tool.schema, `turn ${turn}`) },
        ];
  return {
    parts,
    chunks: rehearsal.chunks,
    outputTokens: rehearsal.outputTokens,
    ...(rehearsal.turnMs === undefined ? {} : { totalMs: rehearsal.turnMs }),
    ...(rehearsal.inputTokens === undefined ? {} : { inputTokens: rehearsal.inputTokens }),
  };
}
