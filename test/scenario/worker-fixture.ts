/** A worker on a memory world with a manual clock, and runs submitted straight into the store. */
import { z } from "zod";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import type { ModelStep } from "../../services/adapters/memory/scripted-model.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import type { BudgetDefaults } from "../../services/contract/budgets.ts";
import type { Place } from "../../services/contract/fleet.ts";
import { agentName, type Pool, type RunId, wakeId, workerId } from "../../services/contract/ids.ts";
import { generousRateLimit } from "../../services/contract/rate.ts";
import type { RunHead } from "../../services/contract/run.ts";
import type { SavingName } from "../../services/contract/savings.ts";
import { admit } from "../../services/core/admission.ts";
import { type Agent, defineAgent, defineTool, freeze, type Replay } from "../../services/core/agent.ts";
import { canonicalJson, sha256 } from "../../services/core/digest.ts";
import { wakeOf } from "../../services/core/lifecycle.ts";
import type { RateSettings } from "../../services/core/rate-control.ts";
import type { Model } from "../../services/ports/model.ts";
import type { RunStore } from "../../services/ports/run-store.ts";
import type { TaskProtection } from "../../services/ports/task-protection.ts";
import type { WorkerDeps } from "../../services/worker/deps.ts";
import { Worker } from "../../services/worker/worker.ts";
import { anAccepted, aTimeMs } from "../support/builders.ts";

const generous: RateSettings = {
  platform: "test",
  workspace: "default",
  limits: { "*": generousRateLimit },
  headroom: 0,
  rampMs: 0,
};

/** Effects of the test tools, in order: `name key`. */
export type Effects = string[];

const tool = (replay: Replay, effects: Effects, during: () => Promise<void>) =>
  defineTool({
    name: replay,
    description: `a ${replay} tool`,
    replay,
    input: z.object({ words: z.string() }),
    run: async ({ words }, context) => {
      effects.push(`${replay} ${context.key}`);
      await during();
      if (words === "break") throw new Error("broken words");
      return `did ${words}`;
    },
  });

/** The agents of a world: one with a tool of each kind, one whose output has a schema, one whose answers are remembered. */
function testAgents(instructions: string, effects: Effects, inTool: () => Promise<void>) {
  const agent = defineAgent({
    version: "1",
    description: "for tests",
    model: "simple",
    instructions,
    turnsMax: 6,
    input: z.object({ question: z.string() }),
    tools: [tool("pure", effects, inTool), tool("keyed", effects, inTool), tool("unsafe", effects, inTool)],
    prompt: ({ question }) => question,
  });
  const structured: Agent = { ...agent, tools: [], output: z.object({ answer: z.string() }) };
  const pure: Agent = { ...structured, memo: { version: "1", ttlMs: 3_600_000 } };
  return { tester: agent, structured, pure };
}

export function aWorld(seed = 1, startMs = aTimeMs, instructions = "Answer.") {
  const clock = manualClock(startMs);
  const world = memoryWorld({ clock, seed });
  const effects: Effects = [];
  const during = { tool: async () => {}, write: async () => {} };
  const named = testAgents(instructions, effects, () => during.tool());
  const agents = new Map(Object.entries(named).map(([name, one]) => [agentName.parse(name), one]));

  async function submit(overrides: Partial<RunHead> = {}, name: keyof typeof named = "tester"): Promise<RunId> {
    const frozen = freeze(name, named[name]);
    const text = canonicalJson({ input: { question: "Why?" }, prompt: "Why?" });
    const input = sha256(text);
    const wake = wakeId.parse(`k_${world.chance.id()}`);
    const accepted = anAccepted({
      agent: agentName.parse(name),
      spec: frozen.digest,
      input,
      wakeId: wake,
      nowMs: clock.nowMs(),
    });
    const head = { ...admit(accepted), ...overrides };
    await world.contents.put(
      [
        { digest: frozen.digest, text: frozen.text },
        { digest: input, text },
      ],
      clock.nowMs(),
    );
    await world.runs.create(head, clock.nowMs());
    await world.queue.send(head.lane, [wakeOf(head, wake)]);
    return head.runId;
  }

  /** All savings are in use unless a test turns them off before it starts a worker. */
  const saving: { off: SavingName[] } = { off: [] };

  /** What a test puts between a worker that it starts next and its ports. */
  const rewired = { ports: (deps: WorkerDeps): WorkerDeps => deps };

  /** Generous unless a test sets it before it starts a worker. */
  const rating = { current: generous };

  const runs: RunStore = {
    ...world.runs,
    write: async (id, write) => {
      await during.write();
      return world.runs.write(id, write);
    },
  };

  type Parts = {
    slots?: number;
    model?: Model;
    protection?: TaskProtection | undefined;
    pool?: Pool;
    place?: Place;
    tenantActiveMax?: number;
    budgets?: BudgetDefaults;
  };
  function launch({
    slots = 10,
    model = world.model,
    protection,
    pool = "local",
    place,
    tenantActiveMax,
    budgets,
  }: Parts): Worker {
    const rate = rating.current;
    const id = workerId.parse(`w_${world.chance.id()}`);
    const worker = new Worker(rewired.ports({ ...world, runs, model, agents, protection }), {
      workerId: id,
      pool,
      slots,
      receiveWaitMs: 2_000,
      visibilityMs: 45_000,
      host: "test",
      savingsOff: saving.off,
      version: "test",
      place,
      tenantActiveMax,
      rate,
      budgets,
    });
    worker.start();
    return worker;
  }
  const start = (slots?: number, model?: Model, protection?: TaskProtection): Worker =>
    launch({ protection, ...(slots === undefined ? {} : { slots }), ...(model === undefined ? {} : { model }) });
  const startAt = (place: Place, slots = 10, pool: Pool = "local"): Worker => launch({ place, slots, pool });
  const startCapped = (tenantActiveMax: number, slots = 10): Worker => launch({ tenantActiveMax, slots });

  const startBudgeted = (budgets: BudgetDefaults, slots = 10): Worker => launch({ budgets, slots });

  async function head(id: RunId): Promise<RunHead> {
    const [found] = await world.runs.read([id], clock.nowMs());
    if (found === undefined) throw new Error(`no head of ${id}`);
    return found;
  }

  const until = (id: RunId, done: (head: RunHead) => boolean, withinMs = 120_000) =>
    clock.advanceUntil(async () => done(await head(id)), withinMs);

  return {
    ...world,
    rewired,
    saving,
    clock,
    effects,
    rating,
    during,
    submit,
    start,
    startAt,
    startCapped,
    startBudgeted,
    head,
    until,
  };
}

/** A world whose only worker runs one run: its first model call, which answers with the first of `answers`, is under way. */
export async function aRunUnderWay(...answers: readonly ModelStep[]) {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, answers);
  const worker = world.start();
  await world.until(id, (head) => head.state === "RUNNING");
  return { world, id, worker };
}
