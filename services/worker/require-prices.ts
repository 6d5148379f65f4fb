/** Before a worker takes its first run: what it may call has a price wherever it may be called. */
import { modelOfClass } from "../contract/models.ts";
import { priceName } from "../contract/platforms.ts";
import { freeze } from "../core/agent.ts";
import { priceListOf } from "../core/cost.ts";
import type { Agents } from "../ports/agents.ts";

/** Throws with every price that is missing: a call without a price is refused, never counted as free. */
export function requirePrices(platforms: readonly (string | undefined)[], agents: Agents): void {
  const named = [...agents].map(([name, agent]) => freeze(name, agent).spec.model);
  const models = new Set([...Object.values(modelOfClass), ...named]);
  // A model without a price of its own is refused at submit; here it is about other platforms' prices.
  const names = platforms.flatMap((one) =>
    one === undefined ? [] : [...models].map((model) => priceName(one, model)),
  );
  const missing = names.filter((name) => !models.has(name) && priceListOf(name) === undefined);
  if (missing.length === 0) return;
  throw new Error(`no price is known for ${missing.join(", ")}: add your region's to services/contract/models.ts`);
}
