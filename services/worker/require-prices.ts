/** Before a worker takes its first run: what it may call has a price wherever it may be called. */
import type { ModelClass } from "../contract/models.ts";
import { priceName } from "../contract/platforms.ts";
import { freeze } from "../core/agent.ts";
import { priceListOf } from "../core/cost.ts";
import type { Agents } from "../ports/agents.ts";

/** Platforms that are configured, and what may be called there: the models of the deployment's classes, those that agents name. */
export type ToPrice = {
  readonly platforms: readonly (string | undefined)[];
  readonly agents: Agents;
  readonly classes: Readonly<Record<ModelClass, string>>;
};

/** Throws with every price that is missing: a call without a price is refused, never counted as free. */
export function requirePrices({ platforms, agents, classes }: ToPrice): void {
  const own = [...agents].map(([name, agent]) => freeze(name, agent).spec.model);
  const asked = [...agents.values()].flatMap(({ models: may = [] }) =>
    may.map((one) => (typeof one === "string" ? classes[one] : one.id)),
  );
  const models = new Set([...Object.values(classes), ...own, ...asked]);
  // A model without a price of its own is refused at submit; here it is about other platforms' prices.
  const names = platforms.flatMap((one) =>
    one === undefined ? [] : [...models].map((model) => priceName(one, model)),
  );
  const missing = names.filter((name) => !models.has(name) && priceListOf(name) === undefined);
  if (missing.length === 0) return;
  throw new Error(`no price is known for ${missing.join(", ")}: add your region's to services/contract/models.ts`);
}
