/** Scripted runs: a run id with the exact turns that the stub plays for it. */
import type { FaultKind } from "./faults.ts";
import type { Draft } from "./play.ts";

/** One scripted turn. */
export interface ScriptTurn {
  readonly draft: Draft;
  readonly fault: FaultKind | undefined;
  /** The model that says it; undefined: any. */
  readonly model?: string | undefined;
}

/** Most scripted runs; the oldest are forgotten first. */
export const MAX_SCRIPTS = 50_000;

/** The scripts by run id. A script's turn is chosen by the number of answers in the history, so it survives a resume. */
export class Scripts {
  readonly #byRun = new Map<string, readonly ScriptTurn[]>();

  /** Sets or replaces the script of a run. */
  set(runId: string, turns: readonly ScriptTurn[]): void {
    this.#byRun.delete(runId);
    this.#byRun.set(runId, turns);
    if (this.#byRun.size <= MAX_SCRIPTS) return;
    for (const oldest of this.#byRun.keys()) {
      this.#byRun.delete(oldest);
      return;
    }
  }

  /**
   * The turn of a model that comes after `answered` answers; the last one repeats. Undefined for a run without a script, and for a
   * model of which its script says nothing.
   */
  turn(runId: string, answered: number, model: string): ScriptTurn | undefined {
    const turns = this.#byRun.get(runId)?.filter((turn) => turn.model === undefined || turn.model === model);
    return turns?.[Math.min(answered, turns.length - 1)];
  }

  /** Number of scripted runs. */
  get size(): number {
    return this.#byRun.size;
  }

  /** Forgets every script. */
  clear(): void {
    this.#byRun.clear();
  }
}
