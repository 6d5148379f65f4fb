/**
 * The durable events of a run, from its head and its committed turns. Pure: the same run gives the same events whenever and
 * from wherever they are read, which is what makes a stream resume without loss or repeat.
 */
import { z } from "zod";
import type { RunView } from "../contract/http.ts";
import type { RunHead } from "../contract/run.ts";
import type { StreamEvent } from "../contract/stream.ts";
import { type ContentBlock, type Message, type TurnDelta, toolUse } from "../contract/turn.ts";
import { isoTime, turnViewOf } from "./view.ts";

/** Place of an event: its turn and its part. Ids are written `turn.part`. */
export type Place = { readonly turn: number; readonly part: number };

/** Before the first event. */
export const beginning: Place = { turn: 0, part: -1 };

/** Part of `run.ended`: after every other part of the last committed turn, and before the turns of a redrive. */
const END_PART = 1_000_000;

/** The place that an id names; the id has the form of `eventId`. */
export function placeOf(id: string): Place {
  const [turn, part] = id.split(".");
  return { turn: Number(turn), part: Number(part) };
}

/** Whether `a` comes before `b` in the stream. */
export const isBefore = (a: Place, b: Place): boolean => a.turn < b.turn || (a.turn === b.turn && a.part < b.part);

/** Whether a durable event comes after a place. */
export const isAfter = (event: StreamEvent, place: Place): boolean =>
  event.id !== undefined && isBefore(place, placeOf(event.id));

/** Place of a run's end; stable because an ended run commits nothing. */
export const endPlace = (head: RunHead): Place => ({ turn: head.turn - 1, part: END_PART });

const idOf = ({ turn, part }: Place): string => `${turn}.${part}`;

/** The first event of a run. */
export const acceptedEvent = (head: RunHead): StreamEvent => ({
  event: "run.accepted",
  id: idOf({ turn: 0, part: 0 }),
  data: {
    id: head.runId,
    tenant: head.tenant,
    agent: head.agent,
    lane: head.lane,
    createdAt: isoTime(head.createdAtMs),
  },
});

/** The last event of a run that has ended; `view` shows it with its output. */
export const endedEvent = (head: RunHead, view: RunView): StreamEvent => ({
  event: "run.ended",
  id: idOf(endPlace(head)),
  data: view,
});

const toolResult = z.looseObject({
  type: z.literal("tool_result"),
  tool_use_id: z.string(),
  is_error: z.boolean().default(false),
  content: z.json().default(null),
});

const blocksOf = (messages: readonly Message[]): readonly ContentBlock[] =>
  messages.flatMap(({ content }) => (typeof content === "string" ? [{ type: "text", text: content }] : content));

function resultEvents(delta: TurnDelta): StreamEvent[] {
  // What stands after an answer tells the model what is wrong with it.
  const answerAt = delta.messages.findIndex(({ role }) => role === "assistant");
  const given = delta.messages.slice(0, answerAt < 0 ? delta.messages.length : answerAt);
  const results = blocksOf(given).flatMap((block) => toolResult.safeParse(block).data ?? []);
  return results.map(({ tool_use_id, is_error, content }, part) => ({
    event: "tool.result",
    id: idOf({ turn: delta.turn, part }),
    data: { turn: delta.turn, toolUseId: tool_use_id, isError: is_error, content },
  }));
}

function committedEvent(delta: TurnDelta, part: number): StreamEvent {
  const answer = blocksOf(delta.messages.filter(({ role }) => role === "assistant"));
  const { turn, model, stopReason, startedAt, endedAt, costMicroUsd, usage, step, flaw, climb } = turnViewOf(delta);
  const routing = { ...(step && { step }), ...(flaw && { flaw }), ...(climb && { climb }) };
  const toolCalls = answer.flatMap((block) => {
    const call = toolUse.safeParse(block).data;
    return call === undefined ? [] : [{ id: call.id, name: call.name, input: z.json().parse(call.input) }];
  });
  const text = answer.map((block) => (block.type === "text" ? String(block.text ?? "") : "")).join("");
  return {
    event: "turn.committed",
    id: idOf({ turn, part }),
    data: { turn, model, stopReason, startedAt, endedAt, costMicroUsd, usage, ...routing, text, toolCalls },
  };
}

/** Events of one committed turn: what the tools answered, then what the model said and asked for. */
export function turnEvents(delta: TurnDelta): StreamEvent[] {
  const results = resultEvents(delta);
  return [...results, committedEvent(delta, results.length)];
}

/** One event as Server-Sent Events write it. JSON has no line break, so the data is one line. */
export const frameOf = ({ event, id, data }: StreamEvent): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
