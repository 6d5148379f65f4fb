/**
 * Who was billed for what: every call, counted by run and turn.
 *
 * A call is open, then ends in exactly one way:
 * - `completed`: the whole answer was handed over; billed in full.
 * - `aborted`: the caller went away first; billed for the input and what had been generated.
 * - `broken`: a fault cut it after it had begun; billed like `aborted`.
 * - `refused`: an error before the first byte; not billed.
 * - `lost`: the stub itself ended with the call open (seen when the journal is read again).
 */
import type { JournalLine } from "./journal.ts";
import type { Outcome } from "./outcome.ts";
import { addUsage, NO_USAGE, type Usage } from "./usage.ts";

/** Counts of one turn of one run, or of everything. */
export interface Counts {
  readonly started: number;
  readonly firstByte: number;
  readonly completed: number;
  readonly aborted: number;
  readonly broken: number;
  readonly refused: number;
  readonly lost: number;
  readonly usage: Usage;
  /** Micro-USD, rounded up for each call; calls of models without a published price are counted in `unpriced`. */
  readonly costMicroUsd: number;
  readonly unpriced: number;
}

/** What one call is billed: `costMicroUsd` undefined when its model has no published price. */
export type Bill = { readonly usage: Usage; readonly costMicroUsd: number | undefined };

/** A call that billed nothing. */
export const NO_BILL: Bill = { usage: NO_USAGE, costMicroUsd: 0 };

/** Most runs that are remembered one by one; the oldest are forgotten first and only stay in the totals. */
export const MAX_RUNS = 200_000;

/** Most turns that are remembered of one run; later ones are counted in the totals only. */
export const MAX_TURNS_OF_RUN = 2_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface RunRecord {
  readonly firstArrivalMs: number;
  readonly turns: Map<number, Mutable<Counts>>;
}

/** An open call; hand it back when it ends. */
export interface OpenCall {
  readonly runId: string;
  readonly turn: number;
  /** How many calls of this turn had started before. */
  readonly attempt: number;
  firstByte: boolean;
  ended: boolean;
}

const fresh = (): Mutable<Counts> => ({
  started: 0,
  firstByte: 0,
  completed: 0,
  aborted: 0,
  broken: 0,
  refused: 0,
  lost: 0,
  usage: NO_USAGE,
  costMicroUsd: 0,
  unpriced: 0,
});

/** The count of all calls. `write` gets a line for each start and each end, to be kept. */
export class Ledger {
  readonly #write: (line: JournalLine) => void;
  readonly #runs = new Map<string, RunRecord>();
  #totals = fresh();
  #turnsCompletedAgain = 0;
  #evictedRuns = 0;
  #open = 0;
  #peakOpen = 0;

  constructor(write: (line: JournalLine) => void) {
    this.#write = write;
  }

  /** Counts a call that has arrived at epoch millisecond `now`. */
  start(runId: string, turn: number, now: number): OpenCall {
    const attempt = this.#countStart(runId, turn, now);
    this.#open++;
    this.#peakOpen = Math.max(this.#peakOpen, this.#open);
    this.#write({ k: "s", r: runId, t: turn, at: now });
    return { runId, turn, attempt, firstByte: false, ended: false };
  }

  /** Counts the first byte of an answer, once. */
  firstByte(call: OpenCall): void {
    if (call.firstByte) return;
    call.firstByte = true;
    this.#countFirstByte(call.runId, call.turn);
  }

  /** Counts the end of a call, once; later ends of the same call are ignored. */
  end(call: OpenCall, outcome: Outcome, bill: Bill): void {
    if (call.ended) return;
    call.ended = true;
    this.#open--;
    this.#countEnd(call, outcome, bill);
    const { usage: u, costMicroUsd: c } = bill;
    this.#write({
      k: "e",
      r: call.runId,
      t: call.turn,
      o: outcome,
      f: call.firstByte,
      u,
      ...(c === undefined ? {} : { c }),
    });
  }

  /** Applies a line of an earlier life. */
  replay(line: JournalLine): void {
    if (line.k === "s") this.#countStart(line.r, line.t, line.at);
    else if (line.k === "e") {
      if (line.f) this.#countFirstByte(line.r, line.t);
      this.#countEnd({ runId: line.r, turn: line.t }, line.o, { usage: line.u, costMicroUsd: line.c });
    } else this.#forget();
  }

  /** After the last replayed line: calls that had no end are lost. */
  settleReplayed(): void {
    for (const counts of [this.#totals, ...[...this.#runs.values()].flatMap((run) => [...run.turns.values()])]) {
      const ended = counts.completed + counts.aborted + counts.broken + counts.refused;
      counts.lost = Math.max(0, counts.started - ended);
    }
  }

  /** Forgets all counts. Calls that are open now count when they end. */
  reset(): void {
    this.#forget();
    this.#peakOpen = this.#open;
    this.#write({ k: "reset" });
  }

  /** Totals, and the number of turns that were completed more than once. */
  totals(): object {
    return {
      ...this.#totals,
      open: this.#open,
      peakOpen: this.#peakOpen,
      runs: this.#runs.size,
      evictedRuns: this.#evictedRuns,
      turnsCompletedAgain: this.#turnsCompletedAgain,
    };
  }

  /** Counts of one run by turn; undefined for a run that never called. */
  run(runId: string): object | undefined {
    const record = this.#runs.get(runId);
    if (record === undefined) return undefined;
    const turns = [...record.turns].map(([turn, counts]) => ({ turn, ...counts })).sort((a, b) => a.turn - b.turn);
    return { runId, firstArrivalMs: record.firstArrivalMs, turns };
  }

  /** Ids of all remembered runs, in order of their first call. */
  runIds(): readonly string[] {
    return [...this.#runs.keys()];
  }

  #forget(): void {
    this.#runs.clear();
    this.#totals = fresh();
    this.#turnsCompletedAgain = 0;
    this.#evictedRuns = 0;
  }

  #countStart(runId: string, turn: number, now: number): number {
    let run = this.#runs.get(runId);
    if (run === undefined) {
      run = { firstArrivalMs: now, turns: new Map() };
      this.#runs.set(runId, run);
      this.#evict();
    }
    this.#totals.started++;
    const counts = this.#turnOf(run, turn);
    if (counts === undefined) return this.#totals.started;
    return counts.started++;
  }

  #countFirstByte(runId: string, turn: number): void {
    const run = this.#runs.get(runId);
    const ofTurn = run === undefined ? undefined : this.#turnOf(run, turn);
    this.#totals.firstByte++;
    if (ofTurn !== undefined) ofTurn.firstByte++;
  }

  #countEnd({ runId, turn }: Pick<OpenCall, "runId" | "turn">, outcome: Outcome, bill: Bill): void {
    const run = this.#runs.get(runId);
    const ofTurn = run === undefined ? undefined : this.#turnOf(run, turn);
    for (const counts of ofTurn === undefined ? [this.#totals] : [this.#totals, ofTurn]) {
      counts[outcome]++;
      counts.usage = addUsage(counts.usage, bill.usage);
      counts.costMicroUsd += bill.costMicroUsd ?? 0;
      if (bill.costMicroUsd === undefined) counts.unpriced++;
    }
    if (outcome === "completed" && ofTurn !== undefined && ofTurn.completed === 2) this.#turnsCompletedAgain++;
  }

  #turnOf(run: RunRecord, turn: number): Mutable<Counts> | undefined {
    const known = run.turns.get(turn);
    if (known !== undefined) return known;
    if (run.turns.size >= MAX_TURNS_OF_RUN) return undefined;
    const made = fresh();
    run.turns.set(turn, made);
    return made;
  }

  #evict(): void {
    if (this.#runs.size <= MAX_RUNS) return;
    for (const oldest of this.#runs.keys()) {
      this.#runs.delete(oldest);
      this.#evictedRuns++;
      return;
    }
  }
}
