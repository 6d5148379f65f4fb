/** A history as a play reads it: the question, and every tool call with its result. */
import type { Json } from "../narrow.ts";
import { isObject } from "../narrow.ts";
import type { MessagesRequest } from "../request.ts";

/** A tool call of the history. */
export interface PastCall {
  readonly tool: string;
  readonly input: Json;
  readonly result: string;
  readonly isError: boolean;
}

/** What happened so far. */
export interface Transcript {
  /** Text of the first user message. */
  readonly question: string;
  /** Answers that the model has given so far. */
  readonly turns: number;
  readonly calls: readonly PastCall[];
}

/** Reads a request's history. */
export function transcriptOf(request: MessagesRequest): Transcript {
  const open = new Map<string, { tool: string; input: Json }>();
  const calls: PastCall[] = [];
  let turns = 0;
  let previous = "";
  for (const message of request.messages) {
    if (message.role === "assistant" && previous !== "assistant") turns++;
    previous = message.role;
    for (const block of message.blocks) {
      if (block.type === "tool_use") {
        open.set(block.toolUseId, { tool: block.toolName, input: isObject(block.input) ? block.input : {} });
      }
      const call = block.type === "tool_result" ? open.get(block.toolUseId) : undefined;
      if (call !== undefined) calls.push({ ...call, result: block.text, isError: block.isError });
    }
  }
  return { question: firstUserText(request), turns, calls };
}

/** Text of the first user message. */
export function firstUserText(request: MessagesRequest): string {
  const first = request.messages.find((message) => message.role === "user");
  return (first?.blocks ?? []).flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
}
