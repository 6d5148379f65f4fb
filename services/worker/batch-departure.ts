/**
 * Sends a batch so that a crash at any point leaves each turn in one batch at most: the runs are parked under the flight's id first,
 * then the intent is written, then the batch is made, then the flight says which one it is. Whoever wakes a run before that ends
 * the flight's doubt (`worker/flights.ts`).
 */

import { type FlightId, flightId } from "../contract/batch.ts";
import { limits } from "../contract/limits.ts";
import { batchWorst, customIdOf } from "../core/batch.ts";
import { elapsedMs, momentOf } from "../core/moment.ts";
import type { Batched, BatchStatus } from "../ports/batch-model.ts";
import type { Fate } from "../ports/batch-store.ts";
import type { BatchDesk } from "./batch-desk.ts";
import type { Passenger } from "./batch-room.ts";
import type { Draw } from "./budget-parts.ts";
import type { WorkerDeps } from "./deps.ts";
import type { Freshness } from "./freshness.ts";
import type { Permit } from "./gate-parts.ts";
import { releaseRun } from "./leave-run.ts";
import type { CallOutcome } from "./model-call.ts";
import type { Purse } from "./purse.ts";
import { answered } from "./settled-write.ts";

type Parts = {
  readonly deps: WorkerDeps;
  readonly desk: BatchDesk;
  readonly freshness: Freshness;
  readonly purse: Purse;
  readonly pollMs: number;
  readonly stop: AbortSignal;
};

/** A turn whose run is parked under the flight. */
type Boarded = { readonly passenger: Passenger; readonly draw: Draw; readonly worstMicroUsd: number };

const LEFT = { kind: "left" } as const satisfies CallOutcome;

export class BatchDeparture {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Every passenger's wait ends. Never throws: what is not told is found by whoever wakes the runs. */
  async depart(passengers: readonly Passenger[]): Promise<void> {
    const { desk, freshness, stop, deps } = this.#parts;
    const [first] = passengers;
    if (first === undefined) return;
    try {
      const permit = await desk.permit({ lane: first.run.lane, signal: stop });
      if (permit.kind === "permit" && freshness.fresh) return await this.#send(permit, passengers);
      if (permit.kind === "permit") permit.settle({ kind: "unused" });
      const waitMs = permit.kind === "held" ? permit.waitMs : limits.retryBaseMs;
      for (const { leave } of passengers) leave({ kind: "held", waitMs, why: "hold" });
    } catch (error) {
      deps.events.emit("store.failed", { operation: "batch", message: String(error) });
    } finally {
      // Who was given something else before keeps that.
      for (const { leave } of passengers) leave(LEFT);
    }
  }

  async #send(permit: Permit, passengers: readonly Passenger[]): Promise<void> {
    const { chance, clock, batches } = this.#parts.deps;
    const id = flightId.parse(`b_${chance.id()}`);
    let unused = true;
    let boarded: readonly Boarded[] = [];
    try {
      const asked = passengers.map((one) => this.#board(one, id).catch((error) => this.#notBoarded(error)));
      boarded = (await Promise.all(asked)).filter((one) => one !== undefined);
      if (boarded.length === 0) return;
      const since = momentOf(clock);
      const intent = { id, size: boarded.length, intentAtMs: since.nowMs, state: "INTENT" } as const;
      const isIntended = await this.#told("intend a batch", () => batches.intend(intent));
      if (!isIntended) return;
      // Storing the intent took time: too late, and others may judge the flight already.
      const late = elapsedMs(since, momentOf(clock)) > limits.batchSendMs;
      if (late || !this.#parts.freshness.fresh)
        return void (await this.#settle(id, { state: "VOID", doubtful: false }));
      unused = false;
      await this.#create(id, permit, boarded);
    } finally {
      if (unused) permit.settle({ kind: "unused" });
      if (unused) for (const { draw } of boarded) draw.settle(0);
    }
  }

  /** Draws from the shared budgets, then parks the run; undefined when it does not come along. */
  async #board(passenger: Passenger, flight: FlightId): Promise<Boarded | undefined> {
    const { deps, purse, pollMs } = this.#parts;
    const { run, request, asked, leave } = passenger;
    const { tenant, reservedMicroUsd } = run.head;
    const worstMicroUsd = batchWorst(request.model, reservedMicroUsd);
    const draw = await purse.draw({ tenant, microUsd: worstMicroUsd, signal: run.waitSignal });
    if (draw.kind === "held") leave({ kind: "held", waitMs: draw.waitMs, why: "budget" });
    if (draw.kind !== "drawn" || run.draining || run.stopReason !== undefined) {
      if (draw.kind === "drawn") draw.settle(0);
      leave({ kind: "interrupted", callInDoubt: false });
      return undefined;
    }
    // From here on its parking is on its way: it leaves with that.
    passenger.board();
    run.head = { ...run.head, flight, ...(asked === undefined ? {} : { asked }) };
    await releaseRun(deps, run, { kind: "batch", callInDoubt: false, parkForMs: pollMs });
    if (run.stored.flight === flight) return { passenger, draw, worstMicroUsd };
    // Somebody else's run: it does not come along.
    draw.settle(0);
    return undefined;
  }

  /** The store did not say whether the run is parked: if it is, it will find that its turn was not sent. */
  #notBoarded(error: unknown): undefined {
    this.#parts.deps.events.emit("store.failed", { operation: "board a batch", message: String(error) });
    return undefined;
  }

  async #create(id: FlightId, permit: Permit, boarded: readonly Boarded[]): Promise<void> {
    const { desk, stop, deps } = this.#parts;
    const requests = boarded.map(({ passenger: { request } }) => ({
      customId: customIdOf(request.runId, request.turn),
      request,
    }));
    let answer: Batched<BatchStatus> | undefined;
    try {
      answer = await desk.withPermit(permit, stop, (model, options) => model.create(requests, options));
    } finally {
      const sent = answer?.kind === "done" || answer?.billed !== "no";
      for (const { draw, worstMicroUsd } of boarded) draw.settle(sent ? worstMicroUsd : 0);
    }
    if (answer.kind === "done") return this.#made(id, answer.value);
    const { code, message } = answer;
    deps.events.emit("batch.failed", { flight: id, size: boarded.length, code, message, billed: answer.billed });
    if (answer.billed === "no") await this.#settle(id, { state: "REFUSED", code, message });
  }

  /** A flight that was judged void before it was sent must not be: its turns are in another batch already. */
  async #made(id: FlightId, batch: BatchStatus): Promise<void> {
    const { desk, deps, stop } = this.#parts;
    const { batches, clock, events } = deps;
    await this.#told("own a batch", () => batches.own(batch.id, id, clock.nowMs()));
    const flight = await this.#settle(id, { state: "SENT", batchId: batch.id });
    events.emit("batch.settled", { flight: id, size: batch.size, as: flight?.state ?? "unknown" });
    if (flight?.state === "VOID")
      await desk.call({ lane: "high", signal: stop }, (model, options) => model.cancel(batch.id, options));
  }

  #settle(id: FlightId, fate: Fate) {
    return this.#told("settle a batch", () => this.#parts.deps.batches.settle(id, fate));
  }

  #told<T>(operation: string, call: () => Promise<T>): Promise<T> {
    return answered(this.#parts.deps, { operation, call });
  }
}
