/** A client for the API that the options and the surroundings name. Loaded only by commands that need it. */
import { type Client, makeClient } from "./client.ts";
import { connection } from "./connection.ts";
import type { CliContext, GlobalOptions } from "./context.ts";
import { duration } from "./terminal/units.ts";

/** Makes the client; retries are noted on stderr. Throws `CliFailure` when there is no URL or key. */
export function connect(context: CliContext, options: GlobalOptions): Client {
  const { url, key } = connection(context, options);
  const { clock, chance, signal } = context;
  const http = { url: url.value, key: key.value, clock, chance, signal, fetch };
  return makeClient(http, (because, waitMs) => {
    context.stderr.write(`muster: ${because}; trying again in ${duration(waitMs)}\n`);
  });
}
