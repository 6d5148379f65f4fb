/**
 * Keeps the task from scale-in and deployments while a worker in it may have a run, so that a service which is told a lower number
 * never picks a busy task. Protected at its start and before each claim that finds it unprotected; renewed while it has runs;
 * given up when it has had none for `protectionIdleMs` (else no deployment would ever end), and once it takes none and has none:
 * after a cordon, or drained. Calls are few: one a task, never one a run.
 *
 * A call that fails is an event and is tried again after `protectionRetryMs`. Claims go on meanwhile: a fleet that stood still because
 * an agent does not answer would be worse than a run that is interrupted, which goes on elsewhere after its last turn.
 */
import type { WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { CordonNotice } from "../core/drain.ts";
import type { TaskProtection } from "../ports/task-protection.ts";
import type { WorkerDeps } from "./deps.ts";
import type { Slots } from "./slots.ts";

/** What is protected, for whom. `polling` has aborted once the worker takes no new run. */
type Shielded = {
  readonly workerId: WorkerId;
  readonly slots: Slots;
  readonly polling: AbortSignal;
  heed(notice: CordonNotice): void;
};
type ShieldParts = Shielded & {
  readonly deps: Pick<WorkerDeps, "clock" | "events">;
  readonly protection: TaskProtection;
};

/** Undefined where no scale-in looks at the task. */
export const taskShield = (deps: WorkerDeps, shielded: Shielded): TaskShield | undefined =>
  deps.protection && new TaskShield({ ...shielded, deps, protection: deps.protection });

/** Protects the task from its start and before every claim; gives it up when it is long idle, cordoned and idle, or drained. */
export class TaskShield {
  readonly #parts: ShieldParts;
  /** By the monotonic clock; undefined while the task is not known to be protected. */
  #protectedAtMs: number | undefined;
  #busyAtMs: number;
  #tryAtMs = 0;
  /** Whether it ever was: only then can the service have changed its mind about this task. */
  #wasProtected = false;
  /** The task can never be protected: it is of no service. */
  #refused = false;
  #call: Promise<void> | undefined;

  constructor(parts: ShieldParts) {
    this.#parts = parts;
    this.#busyAtMs = parts.deps.clock.monotonicMs();
  }

  /** Resolves when a claim may begin: the task is protected, or an event has said that it is not. The claim counts as busy already. */
  async beforeClaim(): Promise<void> {
    // One that gives it up, too: what is asked last holds.
    await this.#call;
    if (this.#wish() === "protect") await this.#ask("protect");
  }

  /** Runs until the signal aborts: then the worker holds nothing any more. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wish = this.#wish();
      if (wish !== "nothing") await this.#ask(wish);
      await this.#parts.deps.clock.sleep(limits.protectionLookMs, signal);
    }
    await this.#call;
    if (this.#protectedAtMs !== undefined) await this.#ask("release");
  }

  /** What is to be asked now. */
  #wish(): "protect" | "release" | "nothing" {
    const { deps, slots, polling } = this.#parts;
    const nowMs = deps.clock.monotonicMs();
    const atMs = this.#protectedAtMs;
    if (slots.busy > 0) this.#busyAtMs = nowMs;
    if (this.#refused || nowMs < this.#tryAtMs) return "nothing";
    const mayHaveRuns = !polling.aborted && nowMs - this.#busyAtMs < limits.protectionIdleMs;
    if (slots.busy === 0 && !mayHaveRuns) return atMs === undefined ? "nothing" : "release";
    return atMs === undefined || nowMs - atMs >= limits.protectionRenewMs ? "protect" : "nothing";
  }

  /** One call at a time; who asks meanwhile waits for it. */
  #ask(wish: "protect" | "release"): Promise<void> {
    this.#call ??= this.#asked(wish).finally(() => {
      this.#call = undefined;
    });
    return this.#call;
  }

  async #asked(wish: "protect" | "release"): Promise<void> {
    const { deps, workerId, slots, protection, heed } = this.#parts;
    const nowMs = deps.clock.monotonicMs();
    const outcome = await (wish === "protect" ? protection.protect() : protection.release());
    if (outcome.kind === "done") {
      this.#protectedAtMs = wish === "protect" ? nowMs : undefined;
      this.#wasProtected ||= wish === "protect";
      return;
    }
    deps.events.emit("task-protection.failed", { workerId, because: outcome.because });
    this.#tryAtMs = nowMs + limits.protectionRetryMs;
    this.#refused = outcome.kind === "refused";
    if (nowMs - (this.#protectedAtMs ?? nowMs) >= limits.protectionMs) this.#protectedAtMs = undefined;
    // The service wants fewer tasks than are protected: this one finishes what it has, and is stopped then. A new one that never was
    // protected takes runs and asks again: while a deployment replaces tasks, the old ones hold what the service may have.
    if (outcome.kind === "blocked" && this.#wasProtected && slots.busy > 0) {
      heed({ kind: "cordon", source: "protection", atMs: deps.clock.nowMs() });
    }
  }
}
