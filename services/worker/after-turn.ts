/** What follows a model's answer: go on, ask again, go on with another model, or end and why. Pure. */
import type { EndReason } from "../contract/failures.ts";
import { limits } from "../contract/limits.ts";
import type { Climb, Evidence } from "../contract/routing.ts";
import type { RunHead } from "../contract/run.ts";
import type { Json, Message } from "../contract/turn.ts";
import { promptTokens, tokensAtMost, worstCost } from "../core/cost.ts";
import { afterEvidence, type Escalation, type NextTier, tierAbove, timesToClimb } from "../core/escalation.ts";
import { type Tally, toolErrors, withErrors, worstError } from "../core/evidence.ts";
import type { ModelAnswer } from "../ports/model.ts";
import { climbed, pendingTools, textOf } from "./conversation.ts";
import { correction, type Flaw, noteOf, sendable } from "./flawed-answer.ts";
import { type Asked, outputOf } from "./output.ts";

/**
 * `flaw` is what is wrong with the answer; `said` is then what the conversation has in its place, with words to the model, unless
 * the run goes on with another one (`climb`).
 */
export type AfterTurn =
  | {
      readonly kind: "go-on";
      readonly nextMicroUsd: number;
      readonly flaw?: Evidence;
      readonly said?: readonly Message[];
      readonly climb?: Climb;
    }
  | {
      readonly kind: "end";
      readonly reason: EndReason;
      readonly detail?: string;
      readonly output?: Json;
      readonly nextMicroUsd?: number;
    };

/**
 * An answer with the conversation that it was given to, of which `fresh` messages are this turn's, and what spoke against the
 * model before it.
 */
export type Answered = Asked & {
  readonly answer: ModelAnswer;
  readonly messages: readonly Message[];
  readonly fresh: number;
  readonly tally: Tally;
};

/** What the run has left once this turn is paid. */
type Turn = Answered & { readonly head: RunHead; readonly leftMicroUsd: number };

const end = (reason: EndReason, detail: string): AfterTurn => ({
  kind: "end",
  reason,
  detail: detail.slice(0, limits.detailChars),
});

const microUsd = (priced: ReturnType<typeof worstCost>): number | undefined =>
  priced.kind === "priced" ? priced.microUsd : undefined;

/** Worst case of the next call: the prompt as billed now and what was cleared of it, this answer, the most that tools may add, all of `maxTokens`. */
function nextCost({ spec, answer }: Answered): number | undefined {
  const { usage } = answer;
  const added = tokensAtMost(Math.max(spec.toolResultBytes, limits.correctionBytes));
  const prompt = promptTokens(usage) + (answer.clearedTokens ?? 0) + usage.outputTokens + added;
  return microUsd(worstCost(spec.model, prompt, spec.maxTokens));
}

/** Worst case of the first call on another model: it counts tokens in its own way, and nothing of the prompt is cached. */
function costThere({ spec, answer }: Answered, model: string, messages: readonly Message[]): number | undefined {
  const bytes = Buffer.byteLength(JSON.stringify([spec.system, spec.tools, spec.outputSchema ?? null, messages]));
  return microUsd(worstCost(model, Math.max(tokensAtMost(bytes), promptTokens(answer.usage)), spec.maxTokens));
}

function goOn(turn: Turn): AfterTurn {
  const { head, spec, tally, leftMicroUsd } = turn;
  if (head.turn >= spec.turnsMax + tally.extra) return end("turn-limit", `the agent's limit is ${spec.turnsMax} turns`);
  const next = nextCost(turn);
  if (next === undefined) return end("agent-error", `no price is known for ${spec.model}`);
  if (next > leftMicroUsd) {
    const why = `the next turn may cost ${next} micro-USD; ${leftMicroUsd} are left`;
    return { kind: "end", reason: "budget", detail: why, nextMicroUsd: next };
  }
  return { kind: "go-on", nextMicroUsd: next };
}

type Against = { readonly evidence: Evidence; readonly times: number; readonly keep: number; readonly note?: string };

/** The decision on this evidence, and the climb that it means when it is one. */
function weigh(turn: Turn, against: Against): { readonly decision: Escalation; readonly climb?: Climb } {
  const { spec, leftMicroUsd } = turn;
  const { evidence, times, ...back } = against;
  const above = spec.ladder === undefined ? undefined : tierAbove(spec.ladder, spec.model);
  const cost = above === undefined ? undefined : costThere(turn, above, climbed(turn.messages, back));
  const next: NextTier | undefined =
    above === undefined || cost === undefined ? undefined : { model: above, microUsd: cost };
  const seen = { evidence, times, model: spec.model, next, againMicroUsd: nextCost(turn), leftMicroUsd };
  const decision = afterEvidence(seen);
  if (decision.kind !== "climb") return { decision };
  const { to, because } = decision;
  return { decision, climb: { from: spec.model, to, evidence, because, ...back } };
}

/** The model is told what is wrong with its answer; the second time another one gets the task, from its last good point. */
function flawed(turn: Turn, flaw: Flaw, reason: EndReason): AfterTurn {
  const { tally, messages, answer } = turn;
  const { evidence } = flaw;
  const times = tally.flaws[evidence] + 1;
  const keep = tally.flawedFrom ?? messages.length;
  const { decision, climb } = weigh(turn, { evidence, times, keep, note: noteOf(flaw) });
  if (decision.kind === "stay") return end(reason, `${flaw.why} (${decision.because})`);
  const { nextMicroUsd } = decision;
  if (climb !== undefined) return { kind: "go-on", nextMicroUsd, flaw: evidence, climb };
  const kept = sendable({ role: "assistant", content: [...answer.content] });
  return {
    kind: "go-on",
    nextMicroUsd,
    flaw: evidence,
    said: [...(kept === undefined ? [] : [kept]), correction(kept, flaw)],
  };
}

/** Another model takes over when the same tool failed in the same way again and again, and this one wants more tools. */
function wantsTools(turn: Turn): AfterTurn {
  const { messages, fresh, tally } = turn;
  const answer: Message = { role: "assistant", content: [...turn.answer.content] };
  if (pendingTools([answer]).length === 0) return end("agent-error", "the model stopped for a tool and named none");
  const [asked, results] = fresh === 0 ? [] : messages.slice(-fresh - 1);
  const times = worstError(withErrors(tally.errors, toolErrors(asked, results)));
  if (times < timesToClimb.tool) return goOn(turn);
  const { decision, climb } = weigh(turn, { evidence: "tool", times, keep: messages.length });
  if (decision.kind === "climb" && climb !== undefined)
    return { kind: "go-on", nextMicroUsd: decision.nextMicroUsd, flaw: "tool", climb };
  return goOn(turn);
}

function finished(turn: Turn): AfterTurn {
  const output = outputOf(turn, textOf(turn.answer.content));
  if (output.kind === "output") return { kind: "end", reason: "completed", output: output.value };
  const evidence = output.kind === "invalid" ? "invalid" : "verify";
  return flawed(turn, { evidence, why: output.detail }, "output-invalid");
}

/** Every stop reason of the API has a defined way on; an unknown one ends the run rather than guess. */
export function afterTurn(head: RunHead, answered: Answered, costMicroUsd: number): AfterTurn {
  const leftMicroUsd = head.budgetMicroUsd - head.spentMicroUsd - head.possibleMicroUsd - costMicroUsd;
  const turn: Turn = { ...answered, head, leftMicroUsd };
  const { stopReason } = answered.answer;
  switch (stopReason) {
    case "tool_use":
      return wantsTools(turn);
    case "pause_turn":
      return goOn(turn);
    case "end_turn":
    case "stop_sequence":
      return finished(turn);
    case "max_tokens":
      return flawed(
        turn,
        { evidence: "cut", why: `it was cut off at max_tokens (${answered.spec.maxTokens})` },
        "output-truncated",
      );
    case "model_context_window_exceeded":
      return end("output-truncated", "the conversation filled the model's context window");
    case "refusal":
      return end("model-refused", "the model refused to answer");
    default:
      return end("agent-error", `unknown stop reason ${stopReason}`);
  }
}
