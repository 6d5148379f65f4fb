/** Spans of a run, made from its events. Every id is derived from the run, so that processes agree without telling each other. Pure. */
import type { MusterEvent } from "../contract/events.ts";
import type { RunId } from "../contract/ids.ts";
import { sha256 } from "./digest.ts";

/** A value of an attribute. */
export type Attribute = string | number;

/** A finished piece of a run's time. Without `parentId` it is the whole run. */
export type Span = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, Attribute>>;
};

/** Hexadecimal digits of a trace id and of a span id (W3C trace context). */
const TRACE_DIGITS = 32;
const SPAN_DIGITS = 16;

/** The trace of a run. */
export const traceIdOf = (runId: RunId): string => sha256(`trace ${runId}`).slice(0, TRACE_DIGITS);

const spanIdOf = (runId: RunId, name: string): string => sha256(`span ${runId} ${name}`).slice(0, SPAN_DIGITS);
const ROOT = "run";

type Piece = Pick<Span, "name" | "startMs" | "endMs" | "attributes"> & { readonly failed?: boolean };

/** `key` tells pieces of one name apart. */
function pieceOf(runId: RunId, key: string, { failed = false, ...piece }: Piece): Span {
  const parent = key === ROOT ? {} : { parentId: spanIdOf(runId, ROOT) };
  return { traceId: traceIdOf(runId), spanId: spanIdOf(runId, key), ...parent, failed, ...piece };
}

/** What a claim says: how long the run waited. Of later claims nobody knows since when. */
function waited({ payload }: Extract<MusterEvent, { name: "run.claimed" }>): Span | undefined {
  const { runId, lane, createdAtMs, claimedAtMs, waitMs, workerId, epoch } = payload;
  const attributes = { "muster.lane": lane, "muster.worker": workerId };
  const claimed = { startMs: claimedAtMs, endMs: claimedAtMs, attributes };
  if (waitMs === undefined) return pieceOf(runId, `claim ${epoch}`, { name: "claimed again", ...claimed });
  return pieceOf(runId, "wait", { name: "wait", startMs: createdAtMs, endMs: claimedAtMs, attributes });
}

function turnOf({ payload }: Extract<MusterEvent, { name: "turn.committed" }>): Span {
  const { runId, turn, model, costMicroUsd, inputTokens, outputTokens, endedAtMs, ms } = payload;
  return pieceOf(runId, `turn ${turn}`, {
    name: `turn ${turn}`,
    startMs: endedAtMs - ms,
    endMs: endedAtMs,
    attributes: {
      "gen_ai.request.model": model,
      "gen_ai.usage.input_tokens": inputTokens,
      "gen_ai.usage.output_tokens": outputTokens,
      "muster.cost_micro_usd": costMicroUsd,
    },
  });
}

function wholeRun({ payload }: Extract<MusterEvent, { name: "run.ended" }>): Span {
  const { runId, tenant, lane, agent, state, reason, turns, createdAtMs, endedAtMs, costMicroUsd } = payload;
  return pieceOf(runId, ROOT, {
    name: `run ${agent}`,
    startMs: createdAtMs,
    endMs: endedAtMs,
    failed: state !== "SUCCEEDED",
    attributes: {
      ...{ "muster.run": runId, "muster.tenant": tenant, "muster.lane": lane, "gen_ai.agent.name": agent },
      ...{ "muster.state": state, "muster.reason": reason, "muster.turns": turns },
      "muster.cost_micro_usd": costMicroUsd,
    },
  });
}

/** The span that an event finishes; undefined for events that finish none. */
export function spanOf(event: MusterEvent): Span | undefined {
  if (event.name === "run.claimed") return waited(event);
  if (event.name === "turn.committed") return turnOf(event);
  if (event.name === "run.ended") return wholeRun(event);
  return undefined;
}

const WHOLE = 0x1_0000_0000;

/** Whether a trace is among the share (0 to 1) that is told: every process says the same of the same trace. */
export const isTold = (traceId: string, share: number): boolean =>
  Number.parseInt(traceId.slice(-8), 16) < share * WHOLE;
