/** Waits for the ends of many runs with few requests. */
import type { RunView } from "../../contract/http.ts";
import { limits } from "../../contract/limits.ts";
import { isEnded } from "../../core/lifecycle.ts";
import { cliLimits } from "../bounds.ts";
import type { Client } from "../client.ts";
import { CliFailure, Interrupted } from "../failure.ts";
import { inParallel } from "../parallel.ts";

/** Takes chunks off the front until nothing waits. */
function* chunksOf(waiting: string[]): Generator<string[], void> {
  while (waiting.length > 0) yield waiting.splice(0, limits.waitIdsMax);
}

/** The views of all of `asked`; throws `CliFailure` when one is not among them. */
function complete(asked: readonly string[], views: readonly RunView[]): readonly RunView[] {
  const seen = new Set<string>(views.map((view) => view.id));
  const unknown = asked.find((id) => !seen.has(id));
  if (unknown !== undefined) throw new CliFailure("run-unknown", `the API does not know run ${unknown} any more`);
  return views;
}

/**
 * Asks for up to 100 runs at once, `cliLimits.waitParallel` waits in flight, open runs in turn, until all have ended.
 * `onViews` sees every answer, ended runs once. Bounded by the longest deadline that a run can have. Throws
 * `CliFailure` (`run-unknown`, `unreachable`) or `Interrupted`.
 */
export async function waitForEnds(
  client: Client,
  ids: readonly string[],
  onViews: (views: readonly RunView[]) => void,
): Promise<void> {
  const { clock, signal } = client.http;
  const untilMs = clock.monotonicMs() + limits.deadlineMaxMs;
  let open = [...ids];
  while (open.length > 0) {
    const still: string[] = [];
    await inParallel(chunksOf(open), cliLimits.waitParallel, async (asked) => {
      if (signal.aborted) throw new Interrupted();
      if (clock.monotonicMs() > untilMs) throw new CliFailure("wait-over", "runs are open after the longest deadline");
      const askedAtMs = clock.monotonicMs();
      const views = complete(asked, await client.waitFor(asked, cliLimits.waitMs));
      still.push(...views.filter((view) => !isEnded(view.state)).map((view) => view.id));
      onViews(views);
      // An API that answers at once must not be asked in a tight loop.
      if (still.length > 0) await clock.sleep(askedAtMs + cliLimits.waitPaceMs - clock.monotonicMs(), signal);
    });
    open = still;
  }
}
