/** A whole message as the events that it would have been streamed in, so that one place reads answers and their usage. */
import type {
  ContentBlock,
  Message,
  RawContentBlockDelta,
  RawMessageStreamEvent,
} from "@anthropic-ai/sdk/resources/messages";

function deltaOf(block: ContentBlock): RawContentBlockDelta | undefined {
  if (block.type === "text") return { type: "text_delta", text: block.text };
  if (block.type === "tool_use") return { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
  if (block.type === "thinking") return { type: "thinking_delta", thinking: block.thinking };
  return undefined;
}

function blockEvents(content_block: ContentBlock, index: number): RawMessageStreamEvent[] {
  const delta = deltaOf(content_block);
  const start = { type: "content_block_start", index, content_block } as const;
  return delta === undefined ? [start] : [start, { type: "content_block_delta", index, delta }];
}

/** In order, from the start of the message to its stop. */
export function messageEvents(message: Message): RawMessageStreamEvent[] {
  const { stop_reason, stop_sequence, stop_details, container, usage } = message;
  const delta = { stop_reason, stop_sequence, stop_details, container };
  return [
    { type: "message_start", message },
    ...message.content.flatMap(blockEvents),
    { type: "message_delta", delta, usage },
    { type: "message_stop" },
  ];
}
