/** What follows a model's answer: go on, or end and why. Pure. */
import type { EndReason } from "../contract/failures.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import type { Json, Message } from "../contract/turn.ts";
import type { Agent, AgentSpec } from "../core/agent.ts";
import { promptTokens, tokensAtMost, worstCost } from "../core/cost.ts";
import type { ModelAnswer } from "../ports/model.ts";
import { pendingTools, textOf } from "./conversation.ts";
import { outputOf } from "./output.ts";

export type AfterTurn =
  | { readonly kind: "go-on"; readonly nextMicroUsd: number }
  | {
      readonly kind: "end";
      readonly reason: EndReason;
      readonly detail?: string;
      readonly output?: Json;
      readonly nextMicroUsd?: number;
    };

const end = (reason: EndReason, detail: string): AfterTurn => ({ kind: "end", reason, detail });

type Answered = { readonly spec: AgentSpec; readonly agent: Agent | undefined; readonly answer: ModelAnswer };

/** Worst case of the next call: the prompt as billed now and what was cleared of it, this answer, the most that tools may add, all of `maxTokens`. */
function nextCost({ spec, answer }: Answered): number | undefined {
  const { usage } = answer;
  const priced = worstCost(
    spec.model,
    promptTokens(usage) + (answer.clearedTokens ?? 0) + usage.outputTokens + tokensAtMost(spec.toolResultBytes),
    spec.maxTokens,
  );
  return priced.kind === "priced" ? priced.microUsd : undefined;
}

function goOn(head: RunHead, answered: Answered, costMicroUsd: number): AfterTurn {
  if (head.turn >= answered.spec.turnsMax)
    return end("turn-limit", `the agent's limit is ${answered.spec.turnsMax} turns`);
  const next = nextCost(answered);
  if (next === undefined) return end("agent-error", `no price is known for ${answered.spec.model}`);
  const committed = head.spentMicroUsd + head.possibleMicroUsd + costMicroUsd;
  if (committed + next > head.budgetMicroUsd) {
    const why = `the next turn may cost ${next} micro-USD; ${head.budgetMicroUsd - committed} are left`;
    return { kind: "end", reason: "budget", detail: why, nextMicroUsd: next };
  }
  return { kind: "go-on", nextMicroUsd: next };
}

function finished(answered: Answered): AfterTurn {
  const output = outputOf(answered.spec, answered.agent, textOf(answered.answer.content));
  if (output.kind === "invalid") return end("output-invalid", output.detail.slice(0, limits.detailChars));
  return { kind: "end", reason: "completed", output: output.value };
}

/** Every stop reason of the API has a defined way on; an unknown one ends the run rather than guess. */
export function afterTurn(head: RunHead, answered: Answered, costMicroUsd: number): AfterTurn {
  const { stopReason, content } = answered.answer;
  const messages: Message[] = [{ role: "assistant", content: [...content] }];
  switch (stopReason) {
    case "tool_use":
      if (pendingTools(messages).length === 0) return end("agent-error", "the model stopped for a tool and named none");
      return goOn(head, answered, costMicroUsd);
    case "pause_turn":
      return goOn(head, answered, costMicroUsd);
    case "end_turn":
    case "stop_sequence":
      return finished(answered);
    case "max_tokens":
      return end("output-truncated", `the answer reached max_tokens (${answered.spec.maxTokens})`);
    case "model_context_window_exceeded":
      return end("output-truncated", "the conversation filled the model's context window");
    case "refusal":
      return end("model-refused", "the model refused to answer");
    default:
      return end("agent-error", `unknown stop reason ${stopReason}`);
  }
}
