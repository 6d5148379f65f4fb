/** Bounds of clients over the SDK's own handler: S3's, and those of services that are asked seldom. */
import { clientLimits } from "./client-limits.ts";

/** Where a service is; an endpoint replaces AWS. */
export type ServiceAddress = { readonly region: string; readonly endpoint: string | undefined };

/** Connections of the SDK's own handler: each try ends with an error after `silenceMs` without an answer, or without more of it. */
export const boundedHandler = (silenceMs: number) => ({
  connectionTimeout: clientLimits.connectionTimeoutMs,
  requestTimeout: silenceMs,
  // Else the SDK only warns, and goes on waiting.
  throwOnRequestTimeout: true,
  // The one above ends with the headers: a body that stalls is no answer either.
  socketTimeout: silenceMs,
});

/** A call is tried `attempts` times at most, each try within its bounds. */
export const boundedCalls = (silenceMs: number) => ({
  maxAttempts: clientLimits.attempts,
  requestHandler: boundedHandler(silenceMs),
});

/** Options of a client at an address. */
export const boundedClient = ({ region, endpoint }: ServiceAddress, silenceMs: number) => ({
  region,
  ...(endpoint === undefined ? {} : { endpoint }),
  ...boundedCalls(silenceMs),
});
