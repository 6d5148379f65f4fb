/** The platforms of a deployment behind one `Model`: whoever gives the permit says which of them a call goes to. */

import { priceName } from "../../contract/platforms.ts";
import type { Model, ModelRequest } from "../../ports/model.ts";
import { portable, withoutReasoning } from "./without-reasoning.ts";

/** Models by platform; the first is the primary one, which a request means that names none. */
export type Backends = readonly [Backend, ...Backend[]];
export type Backend = { readonly platform: string; readonly model: Model };

/**
 * Runs change to another platform while the breaker of the primary one is open, and back: what the others answer goes into
 * histories without reasoning, and histories go to them without it. So each of them can read every turn.
 */
export function platformsModel([primary, ...others]: Backends): Model {
  const callPrimary = async (request: ModelRequest, options: Parameters<Model["call"]>[1]) => {
    const answer = await primary.model.call(request, options);
    return answer.kind === "answer" ? { ...answer, ...pricedAs(primary.platform, request.model) } : answer;
  };
  return {
    async call(request, options) {
      const { platform = primary.platform } = request;
      if (platform === primary.platform) return callPrimary(request, options);
      const other = others.find((one) => one.platform === platform);
      if (other === undefined) throw new Error(`platform ${platform} is not configured`);
      const answer = await other.model.call({ ...request, messages: portable(request.messages) }, options);
      if (answer.kind === "failed") return answer;
      return { ...answer, content: withoutReasoning(answer.content), ...pricedAs(platform, request.model) };
    },
  };
}

/** Named only where the price is another than the model's own. */
function pricedAs(platform: string, model: string): { readonly pricedAs?: string } {
  const name = priceName(platform, model);
  return name === model ? {} : { pricedAs: name };
}
