/** The turns of runs that may wait: sent in batches of this worker's runs, and taken from those when the runs are woken. */
import { digest } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { SavingName } from "../contract/savings.ts";
import { type Message, message } from "../contract/turn.ts";
import { stayDirect } from "../core/batch.ts";
import { costOf } from "../core/cost.ts";
import { sha256 } from "../core/digest.ts";
import { doubt, isAffordable } from "../core/held-run.ts";
import type { ModelAnswer, ModelFailure } from "../ports/model.ts";
import type { ActiveRun } from "./active-run.ts";
import { afterFailure } from "./after-failure.ts";
import { BatchBooks } from "./batch-books.ts";
import { BatchDeparture } from "./batch-departure.ts";
import { BatchDesk } from "./batch-desk.ts";
import { BatchRoom } from "./batch-room.ts";
import { Flights } from "./flights.ts";
import type { LoadedRun } from "./load-run.ts";
import type { CallContext, CallOutcome } from "./model-call.ts";
import type { Saved } from "./prompt-savings.ts";
import { requestOf } from "./request-of.ts";
import { settledWrite } from "./settled-write.ts";

export type BatchSettings = {
  readonly savingsOff?: readonly SavingName[] | undefined;
  readonly slots: number;
  readonly batchCollectMs?: number | undefined;
  readonly batchPollMs?: number | undefined;
};

/** The run's copy without its flight: the next write takes it away. */
function landed(run: ActiveRun): void {
  const { flight: _flight, asked: _asked, ...head } = run.head;
  run.head = head;
}

export class Batches {
  readonly #context: CallContext;
  readonly #off: boolean;
  readonly #flights: Flights;
  readonly #room: BatchRoom;

  constructor(context: CallContext, settings: BatchSettings, stop: AbortSignal) {
    const { deps, permits } = context;
    const { savingsOff = [], slots, batchCollectMs: collectMs = limits.batchCollectMs } = settings;
    const { batchPollMs: pollMs = limits.batchPollMs } = settings;
    const desk = new BatchDesk(deps, permits);
    const departure = new BatchDeparture({ ...context, desk, pollMs, stop });
    this.#context = context;
    this.#off = savingsOff.includes("batches") || deps.batchModel === undefined;
    this.#flights = new Flights(deps, new BatchBooks(desk, deps.clock, stop), pollMs);
    this.#room = new BatchRoom(deps.clock, { collectMs, most: slots }, (all) => departure.depart(all));
  }

  /** The results of tools that were sent with the turn that is in flight; undefined when none is, or it had none. */
  async sentResults({ head }: ActiveRun): Promise<Message | undefined> {
    if (head.flight === undefined || head.asked === undefined) return undefined;
    const text = await this.#context.deps.contents.get(digest.parse(head.asked));
    if (text === undefined) throw new Error("what was sent with the turn in flight is gone");
    return message.parse(JSON.parse(text));
  }

  /** The answer of the batch that the turn is in; else sends the turn in one, or calls directly when the run may not wait. */
  async around(
    run: ActiveRun,
    loaded: LoadedRun & Pick<Saved, "cache" | "clearing">,
    direct: () => Promise<CallOutcome>,
  ): Promise<CallOutcome> {
    if (run.head.flight !== undefined) {
      const outcome = await this.#fetch(run, loaded);
      if (outcome !== undefined) return outcome;
    }
    // A batch may not ask for clearing: the turn would be billed as longer than was reserved, perhaps in the dearer band.
    if (run.head.relaxed !== true || this.#off || loaded.clearing !== undefined)
      return run.stored.flight === undefined ? direct() : this.#directly(run, direct);
    const results = run.head.turn === 1 ? undefined : loaded.messages.at(-1);
    const asked = results?.role === "user" ? await this.#keep(results) : undefined;
    return this.#room.board(run, { request: requestOf({ run, ...loaded }), asked });
  }

  async #keep(results: Message) {
    const { contents, clock } = this.#context.deps;
    // In the order of its keys as it is sent: the next turn sends the same bytes again.
    const text = JSON.stringify(results);
    const hash = sha256(text);
    await contents.put([{ digest: hash, text }], clock.nowMs());
    return hash;
  }

  /** Undefined: the turn is in no batch any more, and is to be sent again. */
  async #fetch(run: ActiveRun, loaded: LoadedRun): Promise<CallOutcome | undefined> {
    const arrival = await this.#flights.of(run);
    if (arrival.kind === "wait") return { kind: "held", waitMs: arrival.waitMs, why: "batch" };
    if (arrival.kind === "stopped") return { kind: "interrupted", callInDoubt: false };
    if (arrival.kind === "item" && arrival.item.result.kind === "answer")
      return this.#answered(arrival.item.result, loaded, arrival.sentAtMs);
    if (arrival.kind === "void") return this.#voided(run, arrival.doubtful);
    landed(run);
    if (arrival.kind === "refused") {
      // One request that the API does not take makes it refuse all: each is tried by itself.
      if (arrival.failure.code !== "request-rejected") return this.#gaveUp(run, arrival.failure);
      run.head = { ...run.head, relaxed: false };
      return undefined;
    }
    const { result } = arrival.item;
    if (result.kind === "failed") return this.#gaveUp(run, result);
    const because = result.kind === "gone" ? result.because : "lost";
    return this.#gaveUp(run, {
      kind: "failed",
      code: "server-error",
      message: `the batch was ${because}`,
      billed: "no",
    });
  }

  #answered(answer: ModelAnswer, { spec }: LoadedRun, startedAtMs: number): CallOutcome {
    const half = costOf(spec.model, answer.usage, { atMs: startedAtMs, batch: true });
    const full = costOf(spec.model, answer.usage, { atMs: startedAtMs });
    if (half.kind !== "priced" || full.kind !== "priced") return { kind: "answered", answer, startedAtMs };
    const savedMicroUsd = full.microUsd - half.microUsd;
    return {
      kind: "answered",
      answer,
      startedAtMs,
      paid: { via: "batch", costMicroUsd: half.microUsd, savedMicroUsd },
    };
  }

  #voided(run: ActiveRun, doubtful: boolean): CallOutcome | undefined {
    const { deps } = this.#context;
    const { runId, turn } = run.head;
    if (doubtful) {
      run.head = { ...run.head, ...doubt(run.head) };
      deps.events.emit("turn.doubtful", { runId, turn });
    }
    landed(run);
    if (isAffordable(run.head)) return undefined;
    const failure = {
      kind: "failed",
      code: "connection",
      message: "nobody knows of the batch",
      billed: "maybe",
    } as const;
    return { kind: "gave-up", failure, after: { kind: "end", reason: "budget" } };
  }

  #gaveUp(run: ActiveRun, failure: ModelFailure): CallOutcome {
    const { deps } = this.#context;
    const { runId, turn, failures } = run.head;
    deps.events.emit("model.failed", { runId, turn, code: failure.code, message: failure.message });
    const after = afterFailure(failure, { failures, waits: 0 }, deps.chance.fraction());
    if (after.kind === "stopped") return { kind: "interrupted", callInDoubt: false };
    return { kind: "gave-up", failure, after: after.kind === "retry" ? { ...after, kind: "park" } : after };
  }

  /** Before a call of its own begins, the head must say that the turn is in no batch: a lost lease would leave it in doubt. */
  async #directly(run: ActiveRun, direct: () => Promise<CallOutcome>): Promise<CallOutcome> {
    const head = await settledWrite(this.#context.deps, run, stayDirect(run));
    if (head === undefined) {
      run.stop("fenced");
      return { kind: "interrupted", callInDoubt: false };
    }
    run.head = head;
    return direct();
  }
}
