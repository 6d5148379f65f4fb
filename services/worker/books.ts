/**
 * Keeps the books of what this worker commits, by listening to what it writes: a turn costs no write more. What is booked is
 * stored every few seconds as a whole; a run that changes hands before that says so on its head, in the write that it makes anyway.
 */
import type { RunId, WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { HeadWrite, RunHead } from "../contract/run.ts";
import type { TurnDelta } from "../contract/turn.ts";
import { fateOfTurn } from "../core/books.ts";
import { cellOfTurn } from "../core/turn-cell.ts";
import type { HistoryStore } from "../ports/history-store.ts";
import type { LedgerStore } from "../ports/ledger-store.ts";
import type { RunStore, WriteOutcome } from "../ports/run-store.ts";
import { type BookedRun, bookedRun, commitMarks, isCommit, leaveMarks } from "./booked-run.ts";
import type { WorkerDeps } from "./deps.ts";
import { HourBooks } from "./hour-books.ts";
import { readHeads } from "./read-heads.ts";

type Parts = Pick<WorkerDeps, "clock" | "events"> & { readonly ledger: LedgerStore };
type Stores = { readonly runs: RunStore; readonly history: HistoryStore };

/** Runs that are followed at a time; those that were given up without a write are forgotten first. */
const RUNS_MAX = 50_000;

export class Books {
  readonly #parts: Parts;
  readonly #owner: WorkerId;
  readonly #hours: HourBooks;
  readonly #runs = new Map<RunId, BookedRun>();
  #heads: Pick<RunStore, "read"> | undefined;
  #sealed = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: Parts, owner: WorkerId) {
    this.#parts = parts;
    this.#owner = owner;
    this.#hours = new HourBooks(owner);
  }

  /** The stores of a worker, with everything that it commits through them booked. */
  around({ runs, history }: Stores): Stores {
    this.#heads = runs;
    return {
      runs: {
        ...runs,
        read: async (ids, nowMs) => {
          const heads = await runs.read(ids, nowMs);
          for (const head of heads) this.#learn(this.#runs.get(head.runId), head);
          return heads;
        },
        write: (id, write) => this.#write(runs, id, write),
      },
      history: { ...history, putDelta: (delta) => history.putDelta(this.#numbered(delta)) },
    };
  }

  /** Writes what is new every `bookEveryMs`, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#sealed) {
      await this.#lookAgain(limits.bookEveryMs);
      await this.#writeDue(false);
      await this.#parts.clock.sleep(limits.bookEveryMs, signal);
    }
  }

  /**
   * Writes everything for the last time: nothing is missing in these books, and nobody has to look for it. A commit of which the
   * store still says nothing keeps them open: they are sealed once this worker is gone, and it is looked for.
   */
  async close(): Promise<void> {
    await this.#lookAgain(0);
    await this.#writeDue(this.#hours.isSettled);
  }

  /** Commits without an answer for so long: whoever made them gave up, so that only the heads say what became of them. */
  async #lookAgain(afterMs: number): Promise<void> {
    const { clock, events } = this.#parts;
    const untilMs = clock.monotonicMs() - afterMs;
    const open = [...this.#runs].filter(([, run]) => run.open !== undefined && run.open.sinceMs <= untilMs);
    const runs = this.#heads;
    if (runs === undefined) return;
    try {
      for (let i = 0; i < open.length; i += limits.readBatchMax) {
        const some = open.slice(i, i + limits.readBatchMax);
        const ids = some.map(([id]) => id);
        const { heads, unread } = await readHeads({ runs, clock, events }, ids, "look at commits");
        const byId = new Map(heads.map((head) => [head.runId, head]));
        for (const [id, run] of some) if (!unread.has(id)) this.#learn(run, byId.get(id));
      }
    } catch (error) {
      events.emit("store.failed", { operation: "look at commits", message: String(error) });
    }
  }

  /** One after the other: an older page never replaces a newer one. */
  #writeDue(all: boolean): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writePages(all));
    return this.#writing;
  }

  async #writePages(all: boolean): Promise<void> {
    const { ledger, clock, events } = this.#parts;
    for (const due of this.#hours.due(clock.nowMs(), all)) {
      if (this.#sealed) return;
      try {
        // Sealed: this worker counts as dead, and what it did not write is booked by others.
        if ((await ledger.keep(due.page, due.last)) === "sealed") this.#sealed = true;
        else this.#hours.wrote(due);
      } catch (error) {
        events.emit("store.failed", { operation: "books", message: String(error) });
      }
    }
  }

  /** The delta says where its turn is booked, so that it can be found there, or missed. The same when it is put again. */
  #numbered(delta: TurnDelta): TurnDelta {
    const run = this.#runs.get(delta.runId);
    if (run === undefined) return delta;
    if (run.open !== undefined && run.open.delta.turn !== delta.turn) this.#hours.leave(run.open.booking);
    const again = run.open?.delta.turn === delta.turn ? run.open.booking : undefined;
    const booking = again ?? this.#hours.begin(this.#parts.clock.nowMs());
    const possible = run.owedMicroUsd > 0 ? { possibleMicroUsd: run.owedMicroUsd } : {};
    run.open = { booking, delta: { ...delta, booking, ...possible }, sinceMs: this.#parts.clock.monotonicMs() };
    return run.open.delta;
  }

  async #write(runs: RunStore, id: RunId, write: HeadWrite): Promise<WriteOutcome> {
    const run = this.#runs.get(id);
    if (run === undefined || write.guard.holder !== this.#owner) {
      const outcome = await runs.write(id, write);
      const { holder, state } = write.set;
      if (outcome.kind === "written" && state === "RUNNING" && holder === this.#owner) this.#follow(id, outcome);
      return outcome;
    }
    if (isCommit(write)) return this.#commit(runs, run, write);
    const leaves = write.set.state !== undefined;
    const isBooked = run.last === undefined || this.#hours.isWritten(run.last);
    const outcome = await runs.write(id, leaves ? leaveMarks(run, write, isBooked) : write);
    this.#after(run, outcome, leaves);
    return outcome;
  }

  async #commit(runs: RunStore, run: BookedRun, write: HeadWrite): Promise<WriteOutcome> {
    // In a sealed book nothing is added: others book it when the run ends.
    if (this.#sealed) run.unsure = true;
    const outcome = await runs.write(run.head.runId, commitMarks(run, write, this.#owner));
    if (outcome.kind === "written") this.#bookOpen(run);
    this.#after(run, outcome, write.set.state !== undefined);
    return outcome;
  }

  #bookOpen(run: BookedRun): void {
    if (run.open === undefined) return;
    run.last = this.#hours.book(run.open.booking, cellOfTurn(run.head, run.open.delta));
    run.open = undefined;
  }

  #leaveOpen(run: BookedRun): void {
    if (run.open === undefined) return;
    this.#hours.leave(run.open.booking);
    run.open = undefined;
    run.unsure = true;
  }

  /** What a head says of a commit without an answer. */
  #learn(run: BookedRun | undefined, head: RunHead | undefined): void {
    if (run?.open === undefined) return;
    const fate = fateOfTurn(run.open.delta, head);
    if (fate === "committed") this.#bookOpen(run);
    else if (fate === "left") this.#leaveOpen(run);
  }

  #after(run: BookedRun, outcome: WriteOutcome, leaves: boolean): void {
    const { head, kind } = outcome;
    const isOurs = head !== undefined && head.holder === this.#owner && head.epoch === run.head.epoch;
    this.#learn(run, head);
    if (kind === "refused" || leaves) this.#leaveOpen(run);
    if (isOurs) run.head = head;
    // An answer that comes late finds the run claimed again: that claim is followed on.
    else if (this.#runs.get(run.head.runId) === run) this.#runs.delete(run.head.runId);
  }

  #follow(id: RunId, { head }: Extract<WriteOutcome, { kind: "written" }>): void {
    this.#forget(id, head);
    if (this.#runs.size >= RUNS_MAX) this.#forget(this.#runs.keys().next().value, undefined);
    this.#runs.set(id, bookedRun(head));
  }

  /** Nothing of it stays open, or its hour would. */
  #forget(id: RunId | undefined, head: RunHead | undefined): void {
    if (id === undefined) return;
    this.#learn(this.#runs.get(id), head);
    this.#runs.delete(id);
  }
}
