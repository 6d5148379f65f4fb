/** Waits for the ends of many runs with few requests. */
import type { RunView } from "../../contract/http.ts";
import { limits } from "../../contract/limits.ts";
import { isEnded } from "../../core/lifecycle.ts";
import { cliLimits } from "../bounds.ts";
import type { Client } from "../client.ts";
import { CliFailure, Interrupted } from "../failure.ts";

/** How long one wait asks for: shorter when more runs are open than the waits in flight can hold. */
export function waitMsFor(open: number): number {
  return open <= cliLimits.waitParallel * limits.waitIdsMax ? cliLimits.waitMs : cliLimits.waitCrowdedMs;
}

/**
 * Asks for up to 100 runs at once, `cliLimits.waitParallel` waits in flight, open runs in turn, until all have ended.
 * `onViews` sees every answer, ended runs once. Bounded by the longest deadline that a run can have. Throws
 * `CliFailure` (`run-unknown`, `unreachable`) or `Interrupted`.
 */
export async function waitForEnds(
  client: Client,
  ids: readonly string[],
  onViews: (views: RunView[]) => void,
): Promise<void> {
  const { clock, signal } = client.http;
  const untilMs = clock.monotonicMs() + limits.deadlineMaxMs;
  const waiting = [...ids];
  let open = waiting.length;
  const lane = async () => {
    while (waiting.length > 0) {
      if (signal.aborted) throw new Interrupted();
      if (clock.monotonicMs() > untilMs) throw new CliFailure("wait-over", "runs are open after the longest deadline");
      const asked = waiting.splice(0, limits.waitIdsMax);
      const askedAtMs = clock.monotonicMs();
      const views = await client.waitFor(asked, waitMsFor(open));
      const seen = new Set<string>(views.map((view) => view.id));
      const unknown = asked.find((id) => !seen.has(id));
      if (unknown !== undefined) throw new CliFailure("run-unknown", `the API does not know run ${unknown} any more`);
      const still = views.filter((view) => !isEnded(view.state)).map((view) => view.id);
      open -= asked.length - still.length;
      onViews(views);
      waiting.push(...still);
      // An API that answers at once must not be asked in a tight loop.
      if (still.length > 0) await clock.sleep(askedAtMs + cliLimits.waitPaceMs - clock.monotonicMs(), signal);
    }
  };
  const lanes = Math.min(cliLimits.waitParallel, Math.ceil(ids.length / limits.waitIdsMax));
  const failures: unknown[] = [];
  const halt = async () =>
    lane().catch((error: unknown) => {
      failures.push(error);
      waiting.length = 0;
    });
  await Promise.all(Array.from({ length: lanes }, halt));
  if (failures.length > 0) throw failures[0];
}
