/** Bounds of the clients of services that are asked seldom; the stores' own are built for little CPU (`clients.ts`). */
import { clientLimits } from "./clients.ts";

/** Where a service is; an endpoint replaces AWS. */
export type ServiceAddress = { readonly region: string; readonly endpoint: string | undefined };

/** A call is tried `attempts` times at most, and each try ends with an error after `silenceMs` without an answer. */
export const boundedCalls = (silenceMs: number) => ({
  maxAttempts: clientLimits.attempts,
  requestHandler: {
    connectionTimeout: clientLimits.connectionTimeoutMs,
    requestTimeout: silenceMs,
    // Else the SDK only warns, and goes on waiting.
    throwOnRequestTimeout: true,
    // The one above ends with the headers: a body that stalls is no answer either.
    socketTimeout: silenceMs,
  },
});

/** Options of a client at an address. */
export const boundedClient = ({ region, endpoint }: ServiceAddress, silenceMs: number) => ({
  region,
  ...(endpoint === undefined ? {} : { endpoint }),
  ...boundedCalls(silenceMs),
});
