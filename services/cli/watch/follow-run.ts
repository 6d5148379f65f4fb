/** The events of a run, whole, however often the connection breaks. */
import type { RunView } from "../../contract/http.ts";
import type { StreamEvent } from "../../contract/stream.ts";
import { retryWaitMs } from "../api/answer.ts";
import type { Http } from "../api/request.ts";
import { cliLimits } from "../bounds.ts";
import { Interrupted } from "../failure.ts";
import { readStream } from "./read-stream.ts";

/**
 * Follows a run to its end: every durable event once and in order, `live` ones as they come. After a cut it goes on
 * behind the last event that had an id. Throws `Refusal` (no such run), `unreachable` after `cliLimits.reconnects`
 * connections without a new event, or `Interrupted`.
 */
export async function followRun(http: Http, id: string, onEvent: (event: StreamEvent) => void): Promise<RunView> {
  let lastId = "";
  for (let fruitless = 0; ; fruitless++) {
    const startedAtMs = http.clock.monotonicMs();
    const before = lastId;
    const outcome = await readStream(http, { id, lastId, reached: lastId !== "" }, (event) => {
      lastId = event.id ?? lastId;
      onEvent(event);
    });
    if (outcome.kind === "ended") return outcome.run;
    // The API cuts long streams on purpose: one that brought something or lasted is no failure.
    if (lastId !== before || http.clock.monotonicMs() - startedAtMs > cliLimits.streamSilenceMs) fruitless = 0;
    if (fruitless >= cliLimits.reconnects) throw outcome.failure;
    await http.clock.sleep(retryWaitMs(fruitless, outcome.retryAfter, http.chance.fraction()), http.signal);
    if (http.signal.aborted) throw new Interrupted();
  }
}
