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
 */
export type CachePlan = {
  readonly ttl: CacheTtl;
  readonly system: boolean;
  readonly blocks: readonly MarkedBlock[];
  readonly end: boolean;
  readonly because: string;
};

/** A call that is to be marked: `turns` are the committed ones. */
export type CacheAsk = {
  readonly spec: Pick<AgentSpec, "model" | "turnsMax" | "system" | "tools">;
  readonly turn: number;
  readonly messages: readonly Message[];
  readonly turns: readonly TurnPace[];
};

/** Bytes of what every call of a frozen agent sends before its messages. */
export const headBytes = ({ system, tools }: Pick<AgentSpec, "system" | "tools">): number =>
  Buffer.byteLength(system) + (tools.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(tools)));

/** The shared beginning of a run's first message: its first block when it has several. */
export function sharedHead(messages: readonly Message[]): string | undefined {
  const content = messages[0]?.content;
  if (content === undefined || typeof content === "string" || content.length < 2) return undefined;
  const text = content[0]?.text;
  return typeof text === "string" ? text : undefined;
}

/**
 * Depends on the frozen agent, the conversation and the committed turns alone: whoever sends a turn again marks it alike. The
 * last turn that the agent may take writes nothing new, because nobody would read it. Undefined: mark nothing.
 */
export function planCache({ spec, turn, messages, turns }: CacheAsk): CachePlan | undefined {
  const { ttl, because } = chooseTtl(spec.model, turns);
  if (ttl === undefined) return undefined;
  const least = cacheLeastTokens(spec.model);
  const bytes = headBytes(spec);
  const shared = sharedHead(messages);
  const blocks: MarkedBlock[] = [];
  if (shared !== undefined && tokensAtMost(bytes + Buffer.byteLength(shared)) >= least)
    blocks.push({ message: 0, block: 0 });
  const before = messages.findLastIndex(({ role }) => role === "assistant") - 1;
  if (before >= 0) blocks.push({ message: before });
  const system = tokensAtMost(bytes) >= least;
  const end = turn < spec.turnsMax;
  if (!system && !end && blocks.length === 0) return undefined;
  return { ttl, system, blocks, end, because };
}
