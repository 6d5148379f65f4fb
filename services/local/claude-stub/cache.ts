/** Prompt cache: a table of prefix hashes with an expiry, which says how a prompt's tokens are billed. */
import { hash } from "node:crypto";
import type { CacheTtl } from "./blocks.ts";
import type { MessagesRequest } from "./request.ts";

/** Blocks before a mark in which an older entry is looked for. */
export const LOOKBACK_BLOCKS = 20;

/** Most entries; the oldest are forgotten first. */
export const MAX_CACHE_ENTRIES = 200_000;

const TTL_MS: Readonly<Record<CacheTtl, number>> = { "5m": 300_000, "1h": 3_600_000 };

/** One block of a prompt in cache order: tools, system, messages. */
export interface Segment {
  readonly text: string;
  readonly tokens: number;
  readonly mark: CacheTtl | undefined;
}

/** How a prompt's tokens are billed, and the entries that exist once its answer begins. */
export interface PromptSplit {
  readonly inputTokens: number;
  readonly readTokens: number;
  readonly write5mTokens: number;
  readonly write1hTokens: number;
  readonly entries: readonly { readonly key: string; readonly ttl: CacheTtl }[];
}

/** The prompt of a request as segments. */
export function segmentsOf(request: MessagesRequest): readonly Segment[] {
  const segments: Segment[] = [];
  for (const tool of request.tools) segments.push({ text: `t${tool.text}`, tokens: tool.tokens, mark: tool.cache });
  for (const block of request.system)
    segments.push({ text: `s${block.text}`, tokens: block.tokens, mark: block.cache });
  for (const message of request.messages) {
    for (const block of message.blocks) {
      const text = `${message.role} ${block.type} ${block.toolUseId} ${block.text}`;
      segments.push({ text, tokens: block.tokens, mark: block.cache });
    }
  }
  const last = segments.at(-1);
  if (last !== undefined && request.autoCache !== undefined && last.mark === undefined) {
    segments[segments.length - 1] = { ...last, mark: request.autoCache };
  }
  return segments;
}

/** Prefix hashes with their expiry. Scope is the model; time comes in as an argument, in epoch milliseconds. */
export class PromptCache {
  readonly #entries = new Map<string, { expiresAt: number; ttl: CacheTtl }>();

  /** Splits a prompt into cached and new tokens; a hit renews its entry. */
  split(model: string, segments: readonly Segment[], minTokens: number, now: number): PromptSplit {
    const total = segments.reduce((sum, segment) => sum + segment.tokens, 0);
    const lastMark = segments.findLastIndex((segment) => segment.mark !== undefined);
    const none = { inputTokens: total, readTokens: 0, write5mTokens: 0, write1hTokens: 0, entries: [] };
    if (lastMark < 0) return none;
    const prefixes = prefixesOf(model, segments, lastMark);
    const hitAt = this.#longestHit(segments, prefixes, lastMark, now);
    const readTokens = prefixes[hitAt]?.tokens ?? 0;
    const written: Record<CacheTtl, number> = { "5m": 0, "1h": 0 };
    const entries: { key: string; ttl: CacheTtl }[] = [];
    let covered = readTokens;
    for (let at = hitAt + 1; at <= lastMark; at++) {
      const ttl = segments[at]?.mark;
      const prefix = prefixes[at];
      if (ttl === undefined || prefix === undefined || prefix.tokens < minTokens) continue;
      written[ttl] += prefix.tokens - covered;
      covered = prefix.tokens;
      entries.push({ key: prefix.key, ttl });
    }
    return {
      inputTokens: total - covered,
      readTokens,
      write5mTokens: written["5m"],
      write1hTokens: written["1h"],
      entries,
    };
  }

  /** Makes a split's entries readable. Called when the answer begins; life is counted from the start of the request. */
  commit(split: PromptSplit, requestedAt: number): void {
    for (const { key, ttl } of split.entries) this.#put(key, ttl, requestedAt);
  }

  /** Number of entries, expired ones included. */
  get size(): number {
    return this.#entries.size;
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear();
  }

  #longestHit(segments: readonly Segment[], prefixes: readonly Prefix[], lastMark: number, now: number): number {
    for (let at = lastMark, reach = -1; at >= 0; at--) {
      if (segments[at]?.mark !== undefined) reach = Math.max(0, at - LOOKBACK_BLOCKS);
      const prefix = prefixes[at];
      if (prefix === undefined || at < reach) continue;
      const entry = this.#entries.get(prefix.key);
      if (entry === undefined || entry.expiresAt <= now) continue;
      this.#put(prefix.key, entry.ttl, now);
      return at;
    }
    return -1;
  }

  #put(key: string, ttl: CacheTtl, now: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { expiresAt: now + TTL_MS[ttl], ttl });
    if (this.#entries.size <= MAX_CACHE_ENTRIES) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}

interface Prefix {
  readonly key: string;
  readonly tokens: number;
}

/** Hash and token count of the prefix that ends at each segment, up to the last mark. */
function prefixesOf(model: string, segments: readonly Segment[], lastMark: number): readonly Prefix[] {
  let key = model;
  let tokens = 0;
  return segments.slice(0, lastMark + 1).map((segment) => {
    key = hash("sha1", `${key}\n${segment.text}`, "base64");
    tokens += segment.tokens;
    return { key, tokens };
  });
}
