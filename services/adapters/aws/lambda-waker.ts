/** Wakes the controller's function: one signed call. The SDK's client for it alone would take the API's bundle above its bound. */
import { wakeEvent } from "../../contract/shift-event.ts";
import type { Waker } from "../../ports/waker.ts";
import { clientLimits } from "./client-limits.ts";
import { type JsonHandler, jsonHandler } from "./http-handler.ts";
import { jsonSigner, type SigningKeys } from "./signer.ts";

/** Where the function is called (`.../2015-03-31/functions/NAME/invocations`), and as whom. */
export type LambdaWakerOptions = {
  readonly url: string;
  readonly region: string;
  readonly now: () => Date;
  readonly keys: () => Promise<SigningKeys>;
  readonly http?: Pick<JsonHandler, "handle">;
};

const ACCEPTED = 202;

const bounded = (): JsonHandler =>
  jsonHandler({
    maxSockets: 1,
    connectionTimeoutMs: clientLimits.connectionTimeoutMs,
    requestTimeoutMs: clientLimits.storeSilenceMs,
    idleMs: clientLimits.idleMs,
  });

export function lambdaWaker({ url, region, now, keys, http = bounded() }: LambdaWakerOptions): Waker {
  const { protocol, hostname, host, port, pathname } = new URL(url);
  const signer = jsonSigner({ region, service: "lambda", now, keys });
  return {
    async wake() {
      const headers = { host, "content-type": "application/json", "x-amz-invocation-type": "Event" };
      const body = JSON.stringify(wakeEvent);
      const request = await signer.sign({ method: "POST", path: pathname, headers, body });
      const to = { protocol, hostname, ...(port === "" ? {} : { port: Number(port) }) };
      const { response } = await http.handle({ ...to, ...request });
      if (response.statusCode === ACCEPTED) return;
      const said = new TextDecoder().decode(response.body).slice(0, 200);
      throw new Error(`the controller was not woken: ${response.statusCode} ${said}`);
    },
  };
}
