/** What became of the flight that a run's turn is in. A flight in doubt is judged by the list of batches that were made. */
import type { Flight, SettledFlight } from "../contract/batch.ts";
import { limits } from "../contract/limits.ts";
import { bornIn, candidatesOf, customIdOf, lookAgainMs } from "../core/batch.ts";
import type { BatchItem } from "../ports/batch-model.ts";
import type { ModelFailure } from "../ports/model.ts";
import type { ActiveRun } from "./active-run.ts";
import type { BatchBooks } from "./batch-books.ts";
import type { Unasked } from "./batch-desk.ts";
import type { WorkerDeps } from "./deps.ts";
import { orAborted } from "./or-aborted.ts";

export type Arrival =
  | { readonly kind: "wait"; readonly waitMs: number }
  | { readonly kind: "item"; readonly item: BatchItem; readonly sentAtMs: number }
  | { readonly kind: "refused"; readonly failure: ModelFailure }
  /** There is no batch with this turn; `doubtful` when that is not certain. */
  | { readonly kind: "void"; readonly doubtful: boolean }
  | { readonly kind: "stopped" };

type Sent = Extract<Flight, { state: "SENT" }>;
type Intent = Extract<Flight, { state: "INTENT" }>;

/** What is read for many runs goes on without the one that has to leave. */
async function whileItMay<T>({ waitSignal }: ActiveRun, read: Promise<T>): Promise<T | Unasked> {
  const answer = await orAborted(read, waitSignal);
  return answer === "aborted" ? { kind: "stopped" } : answer;
}

export class Flights {
  readonly #deps: WorkerDeps;
  readonly #books: BatchBooks;
  readonly #pollMs: number;

  /** `pollMs`: the first wait between two looks. */
  constructor(deps: WorkerDeps, books: BatchBooks, pollMs: number) {
    this.#deps = deps;
    this.#books = books;
    this.#pollMs = pollMs;
  }

  /** Never sends anything to be answered: it only reads. Throws when the store fails. */
  async of(run: ActiveRun): Promise<Arrival> {
    const { flight: id } = run.head;
    if (id === undefined) return { kind: "void", doubtful: false };
    const { batches, clock } = this.#deps;
    // Nothing there: it was not intended yet, and now it never will be.
    const found = (await batches.read(id)) ?? (await batches.bar(id, clock.nowMs()));
    const flight = found.state === "INTENT" ? await this.#judge(found, run) : found;
    if (flight.state === "VOID") return { kind: "void", doubtful: flight.doubtful };
    if (flight.state === "REFUSED") {
      const { code, message } = flight;
      return { kind: "refused", failure: { kind: "failed", code, message, billed: "no" } };
    }
    if (flight.state === "SENT") return this.#arrived(flight, run);
    return run.waitSignal.aborted ? { kind: "stopped" } : this.#wait(flight);
  }

  #wait({ intentAtMs }: Flight, atLeastMs = 0): Arrival {
    const ageMs = Math.max(0, this.#deps.clock.nowMs() - intentAtMs);
    return { kind: "wait", waitMs: Math.max(atLeastMs, lookAgainMs(ageMs, this.#pollMs)) };
  }

  #unasked(flight: Flight, unasked: Unasked): Arrival {
    return unasked.kind === "held" ? this.#wait(flight, unasked.waitMs) : { kind: "stopped" };
  }

  async #arrived(flight: Sent, run: ActiveRun): Promise<Arrival> {
    const seen = await whileItMay(run, this.#books.seen(flight.batchId, run.lane));
    if (seen.kind === "failed") return this.#lost(flight, seen);
    if (seen.kind !== "done") return this.#unasked(flight, seen);
    if (!seen.value.ended) return this.#wait(flight);
    const results = await whileItMay(run, this.#books.results(flight.batchId, run.lane));
    if (results.kind === "failed") return this.#lost(flight, results);
    if (results.kind !== "done") return this.#unasked(flight, results);
    const item = results.value.get(customIdOf(run.head.runId, run.head.turn));
    // A batch that has ended tells of all that was in it: this turn was not.
    if (item === undefined) return { kind: "void", doubtful: false };
    return { kind: "item", item, sentAtMs: flight.intentAtMs };
  }

  /** A batch that the API does not know any more is lost; any other failure passes. */
  #lost(flight: Flight, failure: ModelFailure): Arrival {
    if (failure.code === "request-rejected") return { kind: "void", doubtful: true };
    return this.#wait(flight, failure.retryAfterMs);
  }

  /**
   * A flight whose sender never told what came of it: the batch of its size that was made at that time and has this turn in it is
   * its batch. Without one that may be, it was not sent. What a batch holds is known once it has ended.
   */
  async #judge(flight: Intent, run: ActiveRun): Promise<Flight> {
    const { batches, clock, events } = this.#deps;
    if (clock.nowMs() - flight.intentAtMs < limits.batchDoubtMs) return flight;
    const made = await whileItMay(run, this.#books.madeIn(bornIn(flight), run.lane));
    if (made.kind !== "done") return flight;
    const mine = customIdOf(run.head.runId, run.head.turn);
    for (const { id, ended } of candidatesOf(flight, made.value)) {
      const owner = await batches.ownerOf(id);
      if (owner === flight.id) return this.#claim(flight, id);
      if (owner !== undefined) continue;
      const results = ended ? await whileItMay(run, this.#books.results(id, run.lane)) : undefined;
      if (results?.kind !== "done") return flight;
      if (results.value.has(mine)) return this.#claim(flight, id);
    }
    const settled = await batches.settle(flight.id, { state: "VOID", doubtful: true });
    events.emit("batch.settled", { flight: flight.id, size: flight.size, as: settled.state });
    return settled;
  }

  async #claim(flight: Intent, batchId: string): Promise<SettledFlight | Intent> {
    const { batches, clock, events } = this.#deps;
    if ((await batches.own(batchId, flight.id, clock.nowMs())) !== flight.id) return flight;
    const settled = await batches.settle(flight.id, { state: "SENT", batchId });
    events.emit("batch.settled", { flight: flight.id, size: flight.size, as: settled.state });
    return settled;
  }
}
