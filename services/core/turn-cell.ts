/** What a committed turn adds to the books. Pure. */
import type { TurnDelta } from "../contract/turn.ts";
import type { CostCell, CostKey } from "./cost-cells.ts";

/** The cell of one turn. A remembered answer was no call, and none of its tokens were billed. */
export function cellOfTurn({ tenant, agent }: Omit<CostKey, "model">, delta: TurnDelta): CostCell {
  const remembered = delta.via === "memo";
  const { inputTokens, outputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens } = delta.usage;
  const billed = { inputTokens, outputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens };
  const none = { inputTokens: 0, outputTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, cacheReadTokens: 0 };
  return {
    tenant,
    agent,
    model: delta.model,
    calls: remembered ? 0 : 1,
    spentMicroUsd: delta.costMicroUsd,
    savedMicroUsd: delta.savedMicroUsd ?? 0,
    possibleMicroUsd: delta.possibleMicroUsd ?? 0,
    ...(remembered ? none : billed),
  };
}
