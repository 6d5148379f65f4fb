/** What an answered turn leaves behind, whichever turn it was: its part of the delta, and where the run goes on. Pure. */
import type { Climb } from "../contract/routing.ts";
import type { RunHead } from "../contract/run.ts";
import type { Message, TurnDelta } from "../contract/turn.ts";
import { classIn, judgedTier } from "../core/classify.ts";
import { tokensAtMost, worstCost } from "../core/cost.ts";
import type { Rerouted } from "../core/lifecycle.ts";
import { withClimb } from "../core/route-text.ts";
import type { ModelAnswer } from "../ports/model.ts";
import { type AfterTurn, afterTurn } from "./after-turn.ts";
import { textOf } from "./conversation.ts";
import type { LoadedRun } from "./load-run.ts";

/** What follows, what the delta says of it, and the head's fields that change when the run goes on with another model. */
export type TurnEnd = {
  readonly after: AfterTurn;
  readonly appended: Pick<TurnDelta, "messages" | "step" | "flaw" | "climb">;
  readonly rerouted?: Rerouted;
};

/** Given what the turn cost. */
export type EndOfTurn = (costMicroUsd: number) => TurnEnd;

const reroutedBy = (head: RunHead, climb: Climb | undefined): Rerouted | undefined =>
  climb === undefined ? undefined : { model: climb.to, route: withClimb(head.route, head.turn, climb.evidence) };

/** A turn of the conversation, of which the last `fresh` messages were new with this call. */
export const conversationTurn =
  (head: RunHead, loaded: LoadedRun, turn: { answer: ModelAnswer; fresh: number }): EndOfTurn =>
  (costMicroUsd) => {
    const { answer, fresh } = turn;
    const { messages } = loaded;
    const after = afterTurn(head, { ...loaded, answer, fresh }, costMicroUsd);
    const { flaw, climb, said } = after.kind === "go-on" ? after : {};
    const whole: Message = { role: "assistant", content: [...answer.content] };
    const rerouted = reroutedBy(head, climb);
    return {
      after,
      appended: {
        messages: [...(fresh === 0 ? [] : messages.slice(-fresh)), ...(said ?? [whole])],
        ...(flaw === undefined ? {} : { flaw }),
        ...(climb === undefined ? {} : { climb }),
      },
      ...(rerouted === undefined ? {} : { rerouted }),
    };
  };

/** Most that the first call of the conversation can cost on a model. */
function firstCost({ spec, opening }: LoadedRun, model: string): number | undefined {
  const bytes = Buffer.byteLength(JSON.stringify([spec.system, spec.tools, spec.outputSchema ?? null, opening]));
  const worst = worstCost(model, tokensAtMost(bytes), spec.maxTokens);
  return worst.kind === "priced" ? worst.microUsd : undefined;
}

/** The classifier's turn: the class that it names picks the tier, as far as the budget goes. A bad answer is no failure. */
export const classifierTurn =
  (head: RunHead, loaded: LoadedRun, turn: { asked: Message; answer: ModelAnswer }): EndOfTurn =>
  (costMicroUsd) => {
    const { asked, answer } = turn;
    const appended = {
      step: "classify",
      messages: [asked, { role: "assistant", content: [...answer.content] }],
    } satisfies TurnEnd["appended"];
    const leftMicroUsd = head.budgetMicroUsd - head.spentMicroUsd - head.possibleMicroUsd - costMicroUsd;
    const { ladder = { tiers: [{ model: loaded.spec.model }], top: 0 } } = loaded.spec;
    const chosen = judgedTier(ladder, classIn(textOf(answer.content)), {
      leftMicroUsd,
      worstMicroUsd: (model) => firstCost(loaded, model),
    });
    if (chosen === undefined) {
      const detail = `no model's first call is covered by what is left: ${leftMicroUsd} micro-USD`;
      return { after: { kind: "end", reason: "budget", detail }, appended };
    }
    const { model, nextMicroUsd } = chosen;
    return { after: { kind: "go-on", nextMicroUsd }, appended, rerouted: { model, route: "judged" } };
  };
