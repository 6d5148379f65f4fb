/** Tools that the stub has never heard of: each is called once at most, then the answer is made of the results. */
import type { Draft } from "../play.ts";
import type { MessagesRequest, Tool } from "../request.ts";
import { subjectOf } from "./material.ts";
import { argumentsFor } from "./schema.ts";
import type { Transcript } from "./transcript.ts";

/** Reads on in a shortened result; a play has no reason to call it for its own sake. */
const READ_ON = "read_more";

function nextTool(request: MessagesRequest, transcript: Transcript): Tool | undefined {
  const choice = request.toolChoice;
  if (choice.kind === "none") return undefined;
  if (choice.kind === "tool") return request.tools.find((tool) => tool.name === choice.name);
  const called = new Set([READ_ON, ...transcript.calls.map((call) => call.tool)]);
  const fresh = request.tools.find((tool) => !called.has(tool.name));
  return choice.kind === "any" ? (fresh ?? request.tools[0]) : fresh;
}

/** The next tool call, or undefined when every tool has been called. */
export function genericDraft(request: MessagesRequest, transcript: Transcript): Draft | undefined {
  const tool = nextTool(request, transcript);
  if (tool === undefined) return undefined;
  const input = argumentsFor(tool.schema, subjectOf(transcript.question));
  return {
    parts: [
      { kind: "text", text: `I will use ${tool.name}.` },
      { kind: "call", tool: tool.name, input },
    ],
  };
}
