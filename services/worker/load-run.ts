/** Reads what a claimed run needs: its frozen agent, its input, its committed turns. */
import { type Digest, digest } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { type RunHead, type RunInput, runInput } from "../contract/run.ts";
import type { Message, TurnDelta } from "../contract/turn.ts";
import { type Agent, type AgentSpec, agentSpec } from "../core/agent.ts";
import type { TurnPace } from "../core/cache-ttl.ts";
import { promptTokens } from "../core/cost.ts";
import type { Tally } from "../core/evidence.ts";
import { rebuild } from "./conversation.ts";
import type { WorkerDeps } from "./deps.ts";

/** What a claim needs to go on: the frozen agent, the code that it names, input and conversation. */
export type LoadedRun = {
  /** With the model in use in the place of the one that the run began on. */
  spec: AgentSpec;
  readonly agent: Agent | undefined;
  readonly input: unknown;
  /** What the conversation begins with. */
  readonly opening: readonly Message[];
  /** The conversation so far: nothing while none of its turns is committed. */
  messages: readonly Message[];
  /** What speaks against the model in use. */
  tally: Tally;
  /** The committed turns: when their calls began and how long their prompts were. */
  readonly turns: TurnPace[];
};

/** Frozen agents kept in memory; a fleet runs few of them at a time. */
const SPECS_MAX = 200;

type SpecRead = { readonly spec: Promise<AgentSpec | undefined>; readonly sinceMs: number; isDone: boolean };

/** Gives the frozen agents by digest, each read once. A read that hangs is not waited for by who comes later than `storeCallMs`. */
export function specCache({
  contents,
  clock,
}: Pick<WorkerDeps, "contents" | "clock">): (hash: Digest) => Promise<AgentSpec | undefined> {
  const reads = new Map<Digest, SpecRead>();
  return (hash) => {
    const known = reads.get(hash);
    const nowMs = clock.monotonicMs();
    if (known !== undefined && (known.isDone || nowMs - known.sinceMs < limits.storeCallMs)) return known.spec;
    const spec = contents
      .get(hash)
      .then((text) => (text === undefined ? undefined : agentSpec.parse(JSON.parse(text))));
    if (reads.size >= SPECS_MAX) reads.clear();
    const read: SpecRead = { spec, sinceMs: nowMs, isDone: false };
    reads.set(hash, read);
    // A failed or empty read is not remembered.
    const forget = () => void (reads.get(hash) === read && reads.delete(hash));
    spec.then((found) => {
      read.isDone = true;
      if (found === undefined) forget();
    }, forget);
    return spec;
  };
}

/** What the choice of the cache's life looks at. */
export const paceOf = ({ startedAtMs, usage }: TurnDelta): TurnPace => ({
  startedAtMs,
  promptTokens: promptTokens(usage),
});

/** What many runs begin with is a block of its own. */
const openingOf = ({ shared, prompt }: RunInput): Message["content"] =>
  shared === undefined
    ? prompt
    : [
        { type: "text", text: shared },
        { type: "text", text: prompt },
      ];

/** Undefined when the input or the frozen agent is not in the store: the run cannot go on anywhere. */
export async function loadRun(
  deps: WorkerDeps,
  specOf: (hash: Digest) => Promise<AgentSpec | undefined>,
  head: RunHead,
): Promise<LoadedRun | undefined> {
  const [spec, text, deltas] = await Promise.all([
    specOf(digest.parse(head.spec)),
    deps.contents.get(head.input),
    head.turn > 1 ? deps.history.deltas(head.runId, 1, head.turn) : [],
  ]);
  if (spec === undefined || text === undefined || deltas.length !== head.turn - 1) return undefined;
  const stored = runInput.parse(JSON.parse(text));
  const opening: Message[] = [{ role: "user", content: openingOf(stored) }];
  return {
    spec: head.model === undefined ? spec : { ...spec, model: head.model },
    agent: deps.agents.get(head.agent),
    input: stored.input,
    opening,
    ...rebuild(deltas),
    turns: deltas.filter(({ step }) => step === undefined).map(paceOf),
  };
}
