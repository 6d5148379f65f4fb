/** The person of a world: looks every few seconds, and closes each breaker that nobody else may close, as after paying a bill. */
import { breakerList } from "../../../services/contract/http.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import type { Answer } from "./clients.ts";

const EVERY_MS = 5_000;

export type OperatorParts = {
  readonly time: VirtualTime;
  readonly key: string;
  ask(path: string, init: RequestInit): Promise<Answer | undefined>;
};

/** Starts looking; goes on for the life of the world. An answer that does not come is asked for again. */
export function startOperator({ time, key, ask }: OperatorParts): void {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const look = async () => {
    const answer = await ask("/v1/breakers", { headers });
    const { data } = breakerList.safeParse(answer?.body);
    for (const { limitClass, state, probeAt } of data?.breakers ?? []) {
      if (state !== "open" || probeAt !== undefined) continue;
      const close = { method: "POST", headers, body: JSON.stringify({ action: "close" }) };
      await ask(`/v1/breakers/${limitClass}`, close);
    }
  };
  const again = () => {
    time.after(EVERY_MS, () => void look().then(again));
  };
  again();
}
