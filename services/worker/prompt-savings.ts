/** What is done around a model call so that its prompt costs less: cache marks, and one call first of those that begin alike. */
import { cacheLeastTokens } from "../contract/models.ts";
import type { SavingName } from "../contract/savings.ts";
import { type CachePlan, headBytes, planCache, sharedHead } from "../core/cache-plan.ts";
import { asksForClearing, type Clearing } from "../core/clearing.ts";
import { sha256 } from "../core/digest.ts";
import type { Clock } from "../ports/clock.ts";
import type { ActiveRun } from "./active-run.ts";
import type { LoadedRun } from "./load-run.ts";
import { PrefixGate } from "./prefix-gate.ts";

/** What a call is made with; `onBegin` hears the first byte of its answer. */
export type Saved = {
  readonly cache?: CachePlan | undefined;
  readonly clearing?: Clearing | undefined;
  onBegin?(): void;
};

/** Bytes of a token, about; for the question whether waiting is worth it. */
const BYTES_PER_TOKEN = 4;

/** What two runs must have in common to share a cached prefix; undefined when it is too short to be cached. */
export function prefixKey({ spec, messages }: Pick<LoadedRun, "spec" | "messages">): string | undefined {
  const least = cacheLeastTokens(spec.model) * BYTES_PER_TOKEN;
  const shared = sharedHead(messages);
  const bytes = headBytes(spec);
  const begin = [spec.model, spec.system, spec.tools, spec.outputSchema ?? null];
  if (shared !== undefined && bytes + Buffer.byteLength(shared) >= least)
    return sha256(JSON.stringify([...begin, shared]));
  return bytes >= least ? sha256(JSON.stringify(begin)) : undefined;
}

/** The savings of one worker's calls; one object for all its runs. */
export class PromptSavings {
  readonly #marks: boolean;
  readonly #batches: boolean;
  readonly #gate: PrefixGate | undefined;

  constructor(clock: Clock, off: readonly SavingName[] = []) {
    this.#marks = !off.includes("caching");
    this.#batches = !off.includes("batches");
    this.#gate = this.#marks && !off.includes("fan-out") ? new PrefixGate(clock) : undefined;
  }

  /** What the turn's request carries, whichever way it is sent. */
  marks(run: ActiveRun, { spec, messages, turns }: LoadedRun): Saved {
    const { turn, relaxed } = run.head;
    const clearing = spec.clearing !== undefined && asksForClearing(spec.clearing, turns) ? spec.clearing : undefined;
    const ask = {
      spec,
      turn,
      messages,
      turns,
      keepToolUses: clearing?.keepToolUses,
      waits: relaxed === true && this.#batches,
    };
    return { cache: this.#marks ? planCache(ask) : undefined, clearing };
  }

  /** Makes the call once it should start. A first turn may wait for another run's; later ones have a prefix of their own. */
  async around<T>(run: ActiveRun, loaded: LoadedRun, call: (saved: Saved) => Promise<T>): Promise<T> {
    const marks = this.marks(run, loaded);
    const first = run.head.turn === 1 && marks.cache !== undefined;
    const key = first && this.#gate !== undefined ? prefixKey(loaded) : undefined;
    if (key === undefined || this.#gate === undefined) return call(marks);
    const entered = await this.#gate.enter(key, run.waitSignal);
    try {
      return await call({ ...marks, onBegin: () => entered.began() });
    } finally {
      entered.left();
    }
  }
}
