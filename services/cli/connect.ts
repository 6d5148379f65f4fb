/** A client for the API that the options and the surroundings name. Loaded only by commands that need it. */
import { cliLimits } from "./bounds.ts";
import { type Client, makeClient } from "./client.ts";
import { connection } from "./connection.ts";
import type { CliContext, GlobalOptions } from "./context.ts";
import { CLEAR_LINE } from "./terminal/style.ts";
import { duration } from "./terminal/units.ts";

/** Makes the client; retries are noted on stderr, now and then. Throws `CliFailure` when there is no URL or key. */
export function connect(context: CliContext, options: GlobalOptions): Client {
  const { url, key } = connection(context, options);
  const { clock, chance, signal } = context;
  const http = { url: url.value, key: key.value, clock, chance, signal, fetch };
  return makeClient(http, retryNotes(context));
}

/** Tells the first retry and then one every few seconds: many requests fail together when the API is away. */
function retryNotes({ clock, stderr }: CliContext): (because: string, waitMs: number) => void {
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  return (because, waitMs) => {
    if (clock.monotonicMs() < quietUntilMs) return;
    quietUntilMs = clock.monotonicMs() + cliLimits.lineEveryMs;
    // A progress bar may stand on the line.
    stderr.write(`${stderr.isTTY ? CLEAR_LINE : ""}muster: ${because}; trying again in ${duration(waitMs)}\n`);
  };
}
