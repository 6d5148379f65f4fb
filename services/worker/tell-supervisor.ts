/** What a worker tells the supervisor that started it, and hears from it: who it is, how idle; whether it may take runs. */
import type { WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { type FromWorker, toWorker } from "../contract/supervision.ts";
import type { Clock } from "../ports/clock.ts";

/** The channel to the supervisor. */
export type SupervisorChannel = {
  send(message: FromWorker): void;
  on(event: "message", listener: (message: unknown) => void): unknown;
};

type Told = {
  readonly workerId: WorkerId;
  readonly worker: { readonly idleMs: number; readonly held: boolean; hold(held: boolean): void };
  readonly clock: Clock;
};

/** Tells at once, every `idleTellMs` until the signal aborts, and whenever it was told to take no run or to go on. */
export async function tellSupervisor(
  channel: SupervisorChannel,
  { workerId, worker, clock }: Told,
  signal: AbortSignal,
): Promise<void> {
  const tell = () => channel.send({ kind: "worker-idle", idleMs: worker.idleMs, held: worker.held });
  channel.on("message", (message) => {
    const { data: said } = toWorker.safeParse(message);
    if (said?.kind !== "hold" || signal.aborted) return;
    worker.hold(said.held);
    tell();
  });
  channel.send({ kind: "worker-ready", workerId });
  while (!signal.aborted) {
    tell();
    await clock.sleep(limits.idleTellMs, signal);
  }
}
