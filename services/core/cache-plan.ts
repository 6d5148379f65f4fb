/** Where a prompt is marked for the API's prompt cache. Pure. */
import { cacheLeastTokens } from "../contract/models.ts";
import type { Message } from "../contract/turn.ts";
import type { AgentSpec } from "./agent.ts";
import { type CacheTtl, chooseTtl, type TurnPace } from "./cache-ttl.ts";
import { tokensAtMost } from "./cost.ts";

/** A block of a message, counted from 0; `block` undefined means its last one. */
export type MarkedBlock = { readonly message: number; readonly block?: number };

/**
 * Marks of one call, at most four with one life for all (a longer one may not follow a shorter one): after the system prompt
 * (tools come before it), after the shared beginning of the first message, where the call before was marked at its end, and at
 * the end. The third makes the API find what the call before wrote, however many blocks came since: it looks back over 20 only.
 * While old tool results are cleared, one more goes before the oldest kept one.
 */
export type CachePlan = {
  readonly ttl: CacheTtl;
  readonly system: boolean;
  readonly blocks: readonly MarkedBlock[];
  readonly end: boolean;
  readonly because: string;
};

/** The API takes no more, the one at the end included. */
const MARKS_MAX = 4;

/** A call that is to be marked: `turns` are the committed ones. */
export type CacheAsk = {
  readonly spec: Pick<AgentSpec, "model" | "turnsMax" | "system" | "tools">;
  readonly turn: number;
  readonly messages: readonly Message[];
  readonly turns: readonly TurnPace[];
  /** Tool results that the API keeps when it clears old ones; undefined: it clears none in this call. */
  readonly keepToolUses?: number | undefined;
  /** The run's turns may wait for batches: until the time between them is measured, the longer life is right. */
  readonly waits?: boolean;
};

/** Tools of frozen agents do not change: their bytes are counted once. */
const toolBytes = new WeakMap<AgentSpec["tools"], number>();

function bytesOf(tools: AgentSpec["tools"]): number {
  if (tools.length === 0) return 0;
  const known = toolBytes.get(tools);
  if (known !== undefined) return known;
  const bytes = Buffer.byteLength(JSON.stringify(tools));
  toolBytes.set(tools, bytes);
  return bytes;
}

/** Bytes of what every call of a frozen agent sends before its messages. */
export const headBytes = ({ system, tools }: Pick<AgentSpec, "system" | "tools">): number =>
  Buffer.byteLength(system) + bytesOf(tools);

/** The shared beginning of a run's first message: its first block when it has several. */
export function sharedHead(messages: readonly Message[]): string | undefined {
  const content = messages[0]?.content;
  if (content === undefined || typeof content === "string" || content.length < 2) return undefined;
  const text = content[0]?.text;
  return typeof text === "string" ? text : undefined;
}

/**
 * The block before the oldest tool result that the API keeps. The API clears one result more at every turn, and an entry that
 * holds it is of no use then; what lies before stays as it is. Undefined while nothing can be cleared.
 */
function beforeKept(messages: readonly Message[], keep: number): MarkedBlock | undefined {
  const results = messages.flatMap(({ content }, message) =>
    typeof content === "string"
      ? []
      : content.flatMap(({ type }, block) => (type === "tool_result" ? [{ message, block }] : [])),
  );
  const oldest = results.length > keep ? results.at(-keep) : undefined;
  if (oldest === undefined) return undefined;
  if (oldest.block > 0) return { message: oldest.message, block: oldest.block - 1 };
  return oldest.message > 0 ? { message: oldest.message - 1 } : undefined;
}

/**
 * Depends on the frozen agent, the conversation and the committed turns alone: whoever sends a turn again marks it alike. The
 * last turn that the agent may take writes nothing new, because nobody would read it. Undefined: mark nothing.
 */
export function planCache({ spec, turn, messages, turns, keepToolUses, waits }: CacheAsk): CachePlan | undefined {
  const { ttl, because } = chooseTtl(spec.model, turns, waits === true ? "1h" : "5m");
  if (ttl === undefined) return undefined;
  const least = cacheLeastTokens(spec.model);
  const bytes = headBytes(spec);
  const shared = sharedHead(messages);
  const blocks: MarkedBlock[] = [];
  if (shared !== undefined && tokensAtMost(bytes + Buffer.byteLength(shared)) >= least)
    blocks.push({ message: 0, block: 0 });
  const kept = keepToolUses === undefined ? undefined : beforeKept(messages, keepToolUses);
  if (kept !== undefined) blocks.push(kept);
  const before = messages.findLastIndex(({ role }) => role === "assistant") - 1;
  if (before >= 0) blocks.push({ message: before });
  // The shared beginning, where there is one, covers the system prompt: the mark is needed elsewhere when results are cleared.
  const system = tokensAtMost(bytes) >= least && blocks.length < MARKS_MAX - 1;
  const end = turn < spec.turnsMax;
  if (!system && !end && blocks.length === 0) return undefined;
  return { ttl, system, blocks, end, because };
}
