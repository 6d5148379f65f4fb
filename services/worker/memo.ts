/** Answers that were given before: looked for before a call of an agent marked as pure, kept after it; one calls for all. */
import { limits } from "../contract/limits.ts";
import { type MemoEntry, type MemoKey, memoAnswer } from "../contract/memo.ts";
import { noUsage } from "../contract/run.ts";
import type { SavingName } from "../contract/savings.ts";
import type { AgentSpec } from "../core/agent.ts";
import { costOf } from "../core/cost.ts";
import { canonicalJson, sha256 } from "../core/digest.ts";
import { memoKeyOf, memoStep } from "../core/memo.ts";
import { OVER } from "../ports/clock.ts";
import type { ModelAnswer } from "../ports/model.ts";
import type { ActiveRun } from "./active-run.ts";
import { textOf } from "./conversation.ts";
import type { WorkerDeps } from "./deps.ts";
import type { LoadedRun } from "./load-run.ts";
import type { CallOutcome } from "./model-call.ts";
import { outputOf } from "./output.ts";

type Call = () => Promise<CallOutcome>;
type Answered = Extract<CallOutcome, { kind: "answered" }>;
type Found =
  | { readonly kind: "answered"; readonly outcome: CallOutcome }
  | { readonly kind: "lead"; readonly leader: string }
  | { readonly kind: "alone" | "stopped" };

/** Only whole answers that the run can end with: no refusal, no cut one, none that asks for a tool. */
const mayBeKept = (loaded: LoadedRun, { stopReason, content }: ModelAnswer): boolean =>
  (stopReason === "end_turn" || stopReason === "stop_sequence") && outputOf(loaded, textOf(content)).kind === "output";

export class Memo {
  readonly #deps: WorkerDeps;
  readonly #off: boolean;

  constructor(deps: WorkerDeps, off: readonly SavingName[] = []) {
    this.#deps = deps;
    this.#off = off.includes("memo");
  }

  /**
   * The remembered answer, which costs nothing and needs no permit; else what `call` gives. Later turns are not looked for: their
   * histories have ids that no other run has. A store in trouble only means that the run calls by itself.
   */
  async around(run: ActiveRun, loaded: LoadedRun, call: Call): Promise<CallOutcome> {
    const { tenant, turn } = run.head;
    const key = this.#off || turn > 1 ? undefined : memoKeyOf(tenant, loaded.spec, loaded.messages);
    if (key === undefined) return call();
    // Its call is in a batch and paid: no other answer is looked for.
    if (run.head.flight !== undefined) return this.#callAndKeep(key, { loaded, call });
    const found = await this.#find(key, run, loaded).catch((error: unknown): Found => {
      this.#deps.events.emit("store.failed", { operation: "memo", message: String(error) });
      return { kind: "alone" };
    });
    if (found.kind === "answered") return found.outcome;
    if (found.kind === "stopped") return { kind: "interrupted", callInDoubt: false };
    return found.kind === "lead" ? this.#callForAll(key, found.leader, { loaded, call }) : call();
  }

  /** Waits for a leader, but not for ever: a call too many is cheaper than a run that stands still. */
  async #find(key: MemoKey, run: ActiveRun, loaded: LoadedRun): Promise<Found> {
    const { clock, chance, memo } = this.#deps;
    const sinceMs = clock.monotonicMs();
    const startedAtMs = clock.nowMs();
    const leader = chance.id();
    while (clock.monotonicMs() - sinceMs < limits.memoWaitMs) {
      if (run.draining || run.stopReason !== undefined) return { kind: "stopped" };
      const step = memoStep(await memo.read(key), clock.nowMs());
      if (step.kind === "use") return this.#use(step.entry, loaded, startedAtMs);
      if (step.kind === "alone") return step;
      // It waits for a batch anyway: who led would keep the others from going along.
      if (run.head.relaxed === true) return { kind: "alone" };
      if (step.kind === "lead" && (await memo.lead(key, this.#lease(leader), clock.nowMs())))
        return { kind: "lead", leader };
      // All that wait in this process look at the same time, so that one read is enough for them.
      await clock.sleep(limits.memoLookMs - (clock.monotonicMs() % limits.memoLookMs), run.waitSignal);
    }
    return { kind: "alone" };
  }

  #lease = (leader: string) => ({ leader, untilMs: this.#deps.clock.nowMs() + limits.memoLeaseMs });

  /** An answer that this version of the agent does not take, or that is gone, is no answer. */
  async #use(entry: Extract<MemoEntry, { kind: "answer" | "content" }>, loaded: LoadedRun, startedAtMs: number) {
    const text = entry.kind === "answer" ? entry.text : await this.#deps.contents.get(entry.content);
    if (text === undefined) return { kind: "alone" } as const;
    const { costMicroUsd: savedMicroUsd, ...kept } = memoAnswer.parse(JSON.parse(text));
    const answer = { kind: "answer", requestId: undefined, usage: noUsage, ...kept } as const;
    if (!mayBeKept(loaded, answer)) return { kind: "alone" } as const;
    const paid = { via: "memo", costMicroUsd: 0, savedMicroUsd } as const;
    const outcome = { kind: "answered", answer, startedAtMs, paid } as const;
    return { kind: "answered", outcome } as const;
  }

  /** Calls while the others wait; a leader that dies frees them when its lease is over. */
  async #callForAll(key: MemoKey, leader: string, { loaded, call }: { loaded: LoadedRun; call: Call }) {
    const over = new AbortController();
    this.#renew(key, leader, over.signal);
    let outcome: CallOutcome | undefined;
    try {
      outcome = await call();
      return outcome;
    } finally {
      over.abort(OVER);
      await this.#told("keep an answer", async () => {
        await this.#deps.memo.replace(key, leader, outcome && (await this.#toKeep(loaded, outcome)));
      });
    }
  }

  /** Keeps an answer for which nobody waits, unless there is one. */
  async #callAndKeep(key: MemoKey, { loaded, call }: { loaded: LoadedRun; call: Call }) {
    const { memo, clock, chance } = this.#deps;
    const outcome = await call();
    const leader = chance.id();
    if (outcome.kind === "answered")
      await this.#told("keep an answer", async () => {
        if (!(await memo.lead(key, this.#lease(leader), clock.nowMs()))) return;
        await memo.replace(key, leader, await this.#toKeep(loaded, outcome));
      });
    return outcome;
  }

  async #renew(key: MemoKey, leader: string, over: AbortSignal): Promise<void> {
    const { clock, memo } = this.#deps;
    for (;;) {
      await clock.sleep(limits.memoRenewMs, over);
      if (over.aborted) return;
      await this.#told("renew a memo", () => memo.replace(key, leader, { kind: "pending", ...this.#lease(leader) }));
    }
  }

  /** Undefined: there was no answer, and somebody else may call for all. */
  async #toKeep(loaded: LoadedRun, outcome: CallOutcome): Promise<MemoEntry | undefined> {
    if (outcome.kind !== "answered") return undefined;
    const { clock, contents } = this.#deps;
    const nowMs = clock.nowMs();
    const { answer } = outcome;
    const text = mayBeKept(loaded, answer) ? keptText(loaded.spec, outcome) : undefined;
    if (text === undefined) return { kind: "unkept", untilMs: nowMs + limits.memoUnkeptMs };
    const untilMs = nowMs + (loaded.spec.memo?.ttlMs ?? 0);
    if (Buffer.byteLength(text) <= limits.memoInlineBytes) return { kind: "answer", text, untilMs };
    const content = sha256(text);
    await contents.put([{ digest: content, text }], nowMs);
    return { kind: "content", content, untilMs };
  }

  /** What goes wrong here is told and costs a call at most. */
  async #told(operation: string, act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#deps.events.emit("store.failed", { operation, message: String(error) });
    }
  }
}

/** Undefined when nobody knows what the answer cost: then nobody could say what it saves. */
function keptText(spec: AgentSpec, { answer, startedAtMs: atMs }: Answered): string | undefined {
  const { model, messageId, content, stopReason, usage } = answer;
  const priced = costOf(spec.model, usage, { atMs });
  if (priced.kind !== "priced") return undefined;
  return canonicalJson({ model, messageId, content, stopReason, costMicroUsd: priced.microUsd });
}
