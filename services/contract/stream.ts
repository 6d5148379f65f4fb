/**
 * The event stream of a run (Server-Sent Events). Durable events carry an id, `<turn>.<part>`, and are the same whenever
 * they are read; `live` has none: it shows the turn in flight and is gone when that turn is committed.
 */
import { z } from "zod";
import { runView, turnView } from "./http.ts";
import { agentName, lane, runId, tenantId } from "./ids.ts";

/** Place of a durable event in its run. Within a turn the tool results come first, then the turn itself, then the end. */
export const eventId = z
  .string()
  .regex(/^\d{1,6}\.\d{1,7}$/, "an event id as the stream gave it, such as 3.0")
  .meta({ description: "resume after this event" });

/** Data of each kind of event; the name of the kind is the `event:` line. */
export const streamEvents = {
  "run.accepted": z.object({ id: runId, tenant: tenantId, agent: agentName, lane, createdAt: z.iso.datetime() }),
  /** What a tool of the turn before answered; `toolUseId` is in that turn's `toolCalls`. */
  "tool.result": z.object({ turn: z.int(), toolUseId: z.string(), isError: z.boolean(), content: z.json() }),
  "turn.committed": turnView
    .pick({
      turn: true,
      model: true,
      stopReason: true,
      startedAt: true,
      endedAt: true,
      costMicroUsd: true,
      usage: true,
      step: true,
      flaw: true,
      climb: true,
    })
    .extend({
      text: z.string(),
      toolCalls: z.array(z.object({ id: z.string(), name: z.string(), input: z.json() })),
    }),
  /** The last event: the run as `GET /v1/runs/{id}` shows it, output included. */
  "run.ended": runView,
  /** Text of the turn in flight so far (the last `limits.liveChars` of it); each one replaces the one before. */
  live: z.object({ turn: z.int(), text: z.string() }),
} as const;

export type StreamEventName = keyof typeof streamEvents;
/** An event as a reader gets it; `id` is absent on `live` only. */
export type StreamEvent = {
  [N in StreamEventName]: { readonly event: N; readonly id?: string; readonly data: z.infer<(typeof streamEvents)[N]> };
}[StreamEventName];
