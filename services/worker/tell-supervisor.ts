/** What a worker tells the supervisor that started it: who it is, and from time to time how idle. */
import type { WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { FromWorker } from "../contract/supervision.ts";
import type { Clock } from "../ports/clock.ts";

type Told = { readonly workerId: WorkerId; readonly worker: { readonly idleMs: number }; readonly clock: Clock };

/** Tells at once, and every `idleTellMs` until the signal aborts. */
export async function tellSupervisor(
  channel: { send(message: FromWorker): void },
  { workerId, worker, clock }: Told,
  signal: AbortSignal,
): Promise<void> {
  channel.send({ kind: "worker-ready", workerId });
  while (!signal.aborted) {
    channel.send({ kind: "worker-idle", idleMs: worker.idleMs });
    await clock.sleep(limits.idleTellMs, signal);
  }
}
