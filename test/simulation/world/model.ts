/** The model of a world: plays each run's script, keeps the ledger of billed calls, and fails as its options say. */
import type { ModelFailureCode } from "../../../services/contract/failures.ts";
import type { ContentBlock } from "../../../services/contract/turn.ts";
import type {
  Model,
  ModelAnswer,
  ModelCallOptions,
  ModelFailure,
  ModelRequest,
} from "../../../services/ports/model.ts";
import type { Observer } from "../checks/observer.ts";
import type { Dice } from "../engine/dice.ts";
import type { FaultName, Faults } from "../engine/faults.ts";
import type { Options } from "../engine/options.ts";
import type { SimProcess } from "../engine/sim-process.ts";
import type { Trace } from "../engine/trace.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import type { RunFile, RunFiles } from "./run-file.ts";
import { planOf, toolsOfTurn } from "./sim-agent.ts";

/** What the model of a world is made of. */
export type ModelParts = {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly options: Options;
  readonly files: RunFiles;
  readonly checks: Required<Observer>;
  readonly trace: Trace;
  /** Kills a process. */
  crash(process: SimProcess): void;
};

type Fate = {
  readonly name: FaultName | "rejected";
  readonly code: ModelFailureCode;
  readonly billed: "no" | "maybe";
  readonly waits: "little" | "part" | "idle" | "too-long";
};

const fates: readonly (Fate & { readonly name: FaultName })[] = [
  { name: "model-rate-limited", code: "rate-limited", billed: "no", waits: "little" },
  { name: "model-spend-limit", code: "spend-limit", billed: "no", waits: "little" },
  { name: "model-overloaded", code: "overloaded", billed: "no", waits: "little" },
  { name: "model-stalled", code: "idle-stream", billed: "maybe", waits: "idle" },
  { name: "model-cut", code: "connection", billed: "maybe", waits: "part" },
  { name: "model-too-long", code: "idle-stream", billed: "maybe", waits: "too-long" },
];

const REJECTED: Fate = { name: "rejected", code: "request-rejected", billed: "no", waits: "little" };

/** What stops or slows the whole fleet for a while strikes seldom, or little else would happen. */
const STANDS_STILL: ReadonlySet<FaultName> = new Set(["model-rate-limited", "model-spend-limit"]);
const STANDS_STILL_LESS = 0.9;

/** A poison run has killed its worker by then. */
const POISON_MS = 50;

const RETRY_AFTER_MS = [0, 500, 5_000, 30_000];
const LITTLE_MS = 20;
/** Longer than any turn may take. */
const TOO_LONG_MS = 400_000;
const USAGE = { inputTokens: 400, outputTokens: 80, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, cacheReadTokens: 0 };

export class SimModel {
  readonly #parts: ModelParts;
  readonly #fates: typeof fates;
  #calls = 0;
  /** Calls of pure runs: whose, and what was asked. */
  readonly pureCalls: string[] = [];

  constructor(parts: ModelParts) {
    this.#parts = parts;
    this.#fates = fates.filter(({ name }) => parts.faults.may(name));
  }

  /** The model as one process calls it. */
  of(process: SimProcess): Model {
    return { call: (request, options) => this.#call(process, request, options) };
  }

  #fate(): Fate | undefined {
    const { dice, faults, options } = this.#parts;
    if (this.#fates.length === 0 || !dice.happens(options.modelFaults)) return undefined;
    const fate = dice.pick(this.#fates);
    if (!faults.may(fate.name) || (STANDS_STILL.has(fate.name) && dice.happens(STANDS_STILL_LESS))) return undefined;
    faults.count(fate.name);
    return fate;
  }

  /** A poison run kills who calls for it, in the midst of the call. */
  #poison(by: SimProcess, file: RunFile, request: ModelRequest): void {
    const { time, dice, faults, crash } = this.#parts;
    const { poison = 0 } = planOf(request.messages[0]);
    if (file.killed >= poison || !faults.may("poison-run")) return;
    file.killed++;
    faults.count("poison-run");
    time.after(dice.between(1, POISON_MS), () => crash(by));
  }

  /** The first calls of a cursed run are rejected, whatever the weather. */
  #curse(file: RunFile, request: ModelRequest): Fate | undefined {
    const { curse = 0 } = planOf(request.messages[0]);
    return file.cursed++ < curse ? REJECTED : undefined;
  }

  #call(by: SimProcess, request: ModelRequest, options: ModelCallOptions): Promise<ModelAnswer | ModelFailure> {
    const { files, checks, time, trace } = this.#parts;
    const number = ++this.#calls;
    const file = files.of(request.runId);
    const fate = this.#curse(file, request) ?? this.#fate();
    const call = { file, request, by };
    checks.acts(by, "model call", file);
    checks.modelCall(call);
    if (file.head?.agent === "pure") this.pureCalls.push(`${file.head.tenant} ${JSON.stringify(request.messages)}`);
    if (fate?.billed !== "no") file.billed++;
    this.#poison(by, file, request);
    file.tell(this.#line(`${by.name}: call ${number} of turn ${request.turn}, ${fate?.name ?? "will answer"}`));
    trace.note(
      number,
      request.turn,
      () => `${by.name} calls for ${request.runId} turn ${request.turn} ${fate?.name ?? ""}`,
    );
    return new Promise((resolve) => {
      const over = (outcome: ModelAnswer | ModelFailure) => {
        options.signal.removeEventListener("abort", abort);
        checks.modelCallOver(call, outcome);
        resolve(outcome);
      };
      const abort = () => {
        time.callOff(timer);
        file.tell(this.#line(`${by.name}: call ${number} aborted`));
        over(failed("aborted", fate?.billed ?? "maybe"));
      };
      const timer = time.after(this.#waitMs(fate, options), () =>
        by.deliver(() => over(fate === undefined ? this.#answer(number, file, request) : this.#failure(fate))),
      );
      options.signal.addEventListener("abort", abort, { once: true });
    });
  }

  #line(what: string): () => string {
    const at = this.#parts.time.nowMs;
    return () => `${at.toFixed(1)} ${what}`;
  }

  #waitMs(fate: Fate | undefined, { idleMs }: ModelCallOptions): number {
    const { dice, options } = this.#parts;
    const ms = Math.min(60_000, dice.around(options.turnMs));
    if (fate === undefined || fate.waits === "part") return ms;
    return fate.waits === "little" ? LITTLE_MS : fate.waits === "idle" ? idleMs : TOO_LONG_MS;
  }

  #use(file: RunFile, id: string, name: string): ContentBlock {
    this.#parts.files.ofKey.set(id, file);
    return { type: "tool_use", id, name, input: { n: 0 } };
  }

  #failure(fate: Fate): ModelFailure {
    const retryAfterMs = this.#parts.dice.pick(RETRY_AFTER_MS);
    const failure = failed(fate.code, fate.billed);
    return fate.code === "rate-limited" && retryAfterMs > 0 ? { ...failure, retryAfterMs } : failure;
  }

  /** What a request of a batch is answered. */
  answer(file: RunFile, request: ModelRequest): ModelAnswer {
    return this.#answer(++this.#calls, file, request);
  }

  #answer(number: number, file: RunFile, request: ModelRequest): ModelAnswer {
    const plan = planOf(request.messages[0]);
    const last = request.turn >= plan.turns;
    const content: ContentBlock[] = last
      ? [{ type: "text", text: plan.pure === true ? `done for ${file.head?.tenant}` : `done ${file.id}` }]
      : toolsOfTurn(plan, request.turn).map((name, i) => this.#use(file, `tu_${number}_${i}`, name));
    return {
      kind: "answer",
      model: request.model,
      messageId: `msg_${number}`,
      requestId: undefined,
      content: content.length > 0 ? content : [{ type: "text", text: "thinking" }],
      stopReason: last ? "end_turn" : content.length > 0 ? "tool_use" : "pause_turn",
      usage: USAGE,
    };
  }
}

const failed = (code: ModelFailureCode, billed: "no" | "maybe"): ModelFailure => ({
  kind: "failed",
  code,
  message: `simulated: ${code}`,
  billed,
});
