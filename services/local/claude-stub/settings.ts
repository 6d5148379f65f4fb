/** What the control endpoint and the configuration file may say, checked by schemas. */
import { z } from "zod";
import type { FaultKind, FaultRule } from "./faults.ts";
import type { Latency } from "./latency.ts";
import { parseLatency } from "./latency.ts";
import type { Part } from "./play.ts";
import type { ScriptTurn } from "./scripts.ts";

const ms = z.number().min(0).max(3_600_000);

const duration = z.union([
  z
    .number()
    .min(0)
    .transform((fixed) => ({ kind: "fixed" as const, ms: fixed })),
  z.strictObject({ kind: z.literal("fixed"), ms }),
  z.strictObject({ kind: z.literal("lognormal"), p50Ms: ms, p95Ms: ms }),
]);

const latency = z.union([
  z.string().transform((text, context): Latency => {
    const parsed = parseLatency(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: "custom", message: 'use "none" or "ttft/total" in milliseconds, such as "120/900"' });
    return z.NEVER;
  }),
  z.strictObject({ ttft: duration, total: duration }),
]);

const classLimits = z.strictObject({
  requestsPerMinute: z.number().positive().default(1e9),
  inputTokensPerMinute: z.number().positive().default(1e12),
  outputTokensPerMinute: z.number().positive().default(1e12),
  burstSeconds: z.number().positive().max(3_600).default(60),
});

/** `POST /_stub/config`: each part that is given is replaced. Limits are by model class, "*" is every other class. */
export const configPatch = z.strictObject({
  seed: z.int().optional(),
  latency: latency.optional(),
  /** How long a batch takes, and how many creations are made with their answers lost. */
  batches: z
    .strictObject({ delayMs: z.number().min(0).max(86_400_000).optional(), loseNext: z.int().nonnegative().optional() })
    .optional(),
  limits: z.record(z.string(), classLimits).optional(),
});

const STATUS_BY_KIND: Readonly<Record<string, number>> = {
  "429": 429,
  "529": 529,
  "500": 500,
  "503": 503,
  "401": 401,
};

const fault = z
  .strictObject({
    kind: z.enum(["429", "529", "500", "503", "401", "status", "cut", "stall", "overloaded-event", "lose-reply"]),
    status: z.int().min(400).max(599).optional(),
    retryAfterS: z.number().min(0).optional(),
    errorCode: z.string().optional(),
    afterChunks: z.int().min(0).optional(),
  })
  .transform(({ kind, status, retryAfterS, errorCode, afterChunks }): FaultKind => {
    if (kind === "cut" || kind === "stall" || kind === "overloaded-event" || kind === "lose-reply") {
      return { kind, ...(afterChunks === undefined ? {} : { afterChunks }) };
    }
    return {
      kind: "status",
      status: STATUS_BY_KIND[kind] ?? status ?? 500,
      ...(retryAfterS === undefined ? {} : { retryAfterS }),
      ...(errorCode === undefined ? {} : { errorCode }),
    };
  });

const faultRule = z.strictObject({
  fault,
  probability: z.number().min(0).max(1).default(1),
  next: z.int().positive().optional(),
  runId: z.string().optional(),
  turn: z.int().optional(),
  model: z.string().optional(),
  forMs: ms.optional(),
});

/** `POST /_stub/faults`: rules that are added. */
export const faultRules = z.strictObject({ rules: z.array(faultRule).max(10_000) });

/** Rules with their end as a time. `now` is epoch milliseconds. */
export function rulesFrom(input: z.output<typeof faultRules>, now: number): readonly FaultRule[] {
  return input.rules.map((rule) => ({
    fault: rule.fault,
    probability: rule.probability,
    next: rule.next,
    runId: rule.runId,
    turn: rule.turn,
    model: rule.model,
    until: rule.forMs === undefined ? undefined : now + rule.forMs,
  }));
}

const content = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({ type: z.literal("tool_use"), name: z.string(), input: z.record(z.string(), z.unknown()) }),
]);

const scriptTurn = z.strictObject({
  content: z.array(content).min(1),
  stop_reason: z.string().optional(),
  latencyMs: ms.optional(),
  chunks: z.int().positive().optional(),
  outputTokens: z.int().positive().optional(),
  fault: fault.optional(),
  model: z.string().optional(),
});

/** `POST /_stub/scripts`: the turns of one run. */
export const script = z.strictObject({ runId: z.string().min(1), turns: z.array(scriptTurn).min(1).max(10_000) });

/** A script's turns as the stub plays them. */
export function turnsFrom(input: z.output<typeof script>): readonly ScriptTurn[] {
  return input.turns.map((turn) => ({
    draft: {
      parts: turn.content.map(
        (part): Part =>
          part.type === "text"
            ? { kind: "text", text: part.text }
            : { kind: "call", tool: part.name, input: part.input },
      ),
      ...(turn.stop_reason === undefined ? {} : { stopReason: turn.stop_reason }),
      ...(turn.latencyMs === undefined ? {} : { totalMs: turn.latencyMs }),
      ...(turn.chunks === undefined ? {} : { chunks: turn.chunks }),
      ...(turn.outputTokens === undefined ? {} : { outputTokens: turn.outputTokens }),
    },
    fault: turn.fault,
    model: turn.model,
  }));
}

/** `POST /_stub/reset`: what to forget; everything but the configuration unless it says false. */
export const resetRequest = z.strictObject({
  calls: z.boolean().default(true),
  faults: z.boolean().default(true),
  scripts: z.boolean().default(true),
  cache: z.boolean().default(true),
  buckets: z.boolean().default(true),
});

/** The configuration file: what the three control endpoints take, in one document. */
export const configFile = z.strictObject({
  config: configPatch.optional(),
  faults: z.array(faultRule).optional(),
  scripts: z.array(script).optional(),
});
