/** Keeps so many runs open until enough have ended or time is up: a load that a caller waiting for answers makes. */
import type { RunView, SubmitRun } from "../../contract/http.ts";
import { limits } from "../../contract/limits.ts";
import { isEnded } from "../../core/lifecycle.ts";
import type { LoadEnd } from "../../core/load-report.ts";
import { cliLimits } from "../bounds.ts";
import type { Client } from "../client.ts";
import { Interrupted } from "../failure.ts";
import { inParallel } from "../parallel.ts";
import type { Tally } from "../submit/progress.ts";

/** What is run, how many in all and at once, and for how long at most. */
export type Load = {
  readonly run: SubmitRun;
  readonly runs: number;
  readonly concurrent: number;
  readonly forMs: number;
  readonly key: string;
};

/** How it went. What was still open when time was up is cancelled. */
export type Loaded = { readonly ends: readonly LoadEnd[]; readonly unfinished: number; readonly peakOpen: number };

const between = (from: string | undefined, to: string | undefined): number | undefined =>
  from === undefined || to === undefined ? undefined : Math.max(0, Date.parse(to) - Date.parse(from));

/** By the API's clock alone, so that the way to it and this machine's clock are not measured. */
export const endOf = (run: RunView): LoadEnd => ({
  succeeded: run.state === "SUCCEEDED",
  responseMs: between(run.createdAt, run.endedAt) ?? 0,
  waitMs: between(run.createdAt, run.startedAt),
  costMicroUsd: run.cost.spentMicroUsd,
});

function* chunksOf<T>(all: readonly T[], size: number): Generator<readonly T[], void> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}

/** Throws `CliFailure` when the API refuses or cannot be reached, `Interrupted` at Ctrl-C; open runs are cancelled then, too. */
export async function loadRuns(client: Client, load: Load, tally: Tally): Promise<Loaded> {
  const { clock, signal } = client.http;
  const untilMs = clock.monotonicMs() + load.forMs;
  const open = new Set<string>();
  const ends: LoadEnd[] = [];
  let sent = 0;
  let peakOpen = 0;

  async function fill(): Promise<void> {
    const room = Math.min(load.concurrent - open.size, load.runs - sent);
    const firsts = Array.from({ length: Math.ceil(room / limits.submitRunsMax) }, (_, i) => i * limits.submitRunsMax);
    await inParallel(firsts, cliLimits.submitParallel, async (first) => {
      const count = Math.min(limits.submitRunsMax, room - first);
      const batch = Array.from({ length: count }, () => load.run);
      const runs = await client.submit(batch, `${load.key}.${sent + first}`);
      for (const { id } of runs) open.add(id);
      tally.accept(count);
    });
    sent += Math.max(0, room);
    peakOpen = Math.max(peakOpen, open.size);
  }

  async function look(): Promise<void> {
    const askedAtMs = clock.monotonicMs();
    await inParallel(chunksOf([...open], limits.waitIdsMax), cliLimits.waitParallel, async (ids) => {
      const views = await client.waitFor(ids, cliLimits.waitMs);
      tally.see(views, clock.monotonicMs());
      for (const view of views) if (isEnded(view.state) && open.delete(view.id)) ends.push(endOf(view));
    });
    // An API that answers at once must not be asked in a tight loop.
    await clock.sleep(askedAtMs + cliLimits.waitPaceMs - clock.monotonicMs(), signal);
  }

  try {
    while (ends.length < load.runs && clock.monotonicMs() < untilMs) {
      if (signal.aborted) throw new Interrupted();
      await fill();
      await look();
    }
    return { ends, unfinished: open.size, peakOpen };
  } finally {
    await inParallel([...open], cliLimits.waitParallel, async (id) => void (await client.cancel(id))).catch(
      () => undefined,
    );
  }
}
