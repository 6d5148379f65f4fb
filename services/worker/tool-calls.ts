/** Runs the tools that an answer asked for, with intent before effect where a tool is not pure. */
import { limits } from "../contract/limits.ts";
import { objects } from "../contract/tables.ts";
import type { ContentBlock, Message, ToolUse } from "../contract/turn.ts";
import type { Agent, AgentSpec, Tool } from "../core/agent.ts";
import { READ_MORE, readMoreInput, readMoreText } from "../core/read-more.ts";
import type { ActiveRun } from "./active-run.ts";
import type { WorkerDeps } from "./deps.ts";
import { endedBy } from "./ended-by.ts";
import { readMore, resultText } from "./tool-results.ts";

type Result = { readonly text: string; readonly isError: boolean };

/** Everything that the tools of one run need. */
export type ToolRun = {
  readonly run: ActiveRun;
  readonly spec: AgentSpec;
  readonly agent: Agent | undefined;
  readonly input: unknown;
  /** Whether an effect may begin: resolves once the heartbeat is fresh, false when the run is to leave. */
  mayAct(): Promise<boolean>;
};

/** Result of a call that did not begin because the run leaves; no turn is built on it. */
const LEAVING: Result = { text: "the run is leaving this worker", isError: true };

/** Told to the model after a crash in an `unsafe` tool: it may or may not have happened. */
const UNKNOWN_OUTCOME = "The outcome of this call is unknown: the worker was lost while it ran. It was not run again.";

async function effect(deps: WorkerDeps, call: ToolRun, tool: Tool, use: ToolUse): Promise<Result> {
  const { signal, over } = endedBy(call.run.signal);
  const context = {
    input: call.input,
    key: use.id,
    signal,
    readObject: async (name: string) => {
      const text = await deps.objects.get(objects.document(call.run.head.tenant, name));
      if (text === undefined) throw new Error(`there is no document ${name}`);
      return text;
    },
  };
  const timeout = deps.clock.sleep(limits.toolMs, signal).then((): Result => {
    over();
    return { text: `the tool did not finish within ${limits.toolMs} ms`, isError: true };
  });
  try {
    const done = tool.run(use.input, context).then((text): Result => ({ text, isError: false }));
    return await Promise.race([done, timeout]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    deps.events.emit("tool.failed", { runId: call.run.head.runId, turn: call.run.head.turn, tool: tool.name, message });
    return { text: message, isError: true };
  } finally {
    over();
  }
}

/** `keyed` and `unsafe`: one record per `tool_use` id; a recorded result is used on replay. */
async function recorded(deps: WorkerDeps, call: ToolRun, tool: Tool, use: ToolUse): Promise<Result> {
  const { runId } = call.run.head;
  const { epoch } = call.run.lease;
  const intent = { runId, toolUseId: use.id, name: tool.name, epoch, state: "INTENT" } as const;
  const record = await deps.history.intendTool(intent);
  if (record.state === "DONE") return { text: record.result ?? "", isError: record.isError ?? false };
  const again = record.epoch === epoch || tool.replay === "keyed";
  // Storing the intent took time, in which the worker may have stood still and lost the run.
  if (again && !(await call.mayAct())) return LEAVING;
  const result = again ? await effect(deps, call, tool, use) : { text: UNKNOWN_OUTCOME, isError: true };
  // A stopped effect has no known outcome: the intent stays, and whoever resumes the run treats it so.
  if (call.run.stopReason !== undefined) return result;
  await deps.history.completeTool({ ...intent, state: "DONE", result: result.text, isError: result.isError });
  return result;
}

/** Reads on in a result of this tenant; it has no effect, so it simply runs again after a crash. */
function readOn(deps: WorkerDeps, call: ToolRun, share: number): Tool {
  const bytes = Math.min(call.spec.wholeResultBytes ?? share, share);
  return {
    name: READ_MORE,
    description: readMoreText,
    input: readMoreInput,
    replay: "pure",
    run: (args) => readMore(deps, call.run.head, { args, bytes }),
  };
}

async function one(deps: WorkerDeps, call: ToolRun, { use, share }: { use: ToolUse; share: number }): Promise<Result> {
  if (use.name === READ_MORE && call.spec.wholeResultBytes !== undefined)
    return effect(deps, call, readOn(deps, call, share), use);
  const tool = call.agent?.tools.find((candidate) => candidate.name === use.name);
  if (tool === undefined) return { text: `there is no tool ${use.name}`, isError: true };
  const replay = call.spec.replay[use.name] ?? tool.replay;
  return replay === "pure" ? effect(deps, call, tool, use) : recorded(deps, call, { ...tool, replay }, use);
}

/**
 * The user message with all results, in the order asked for. Throws what a call of the store threw, once no tool runs any more:
 * the run leaves then, and nothing may go on without it.
 */
export async function runTools(deps: WorkerDeps, call: ToolRun, uses: readonly ToolUse[]): Promise<Message> {
  const share = Math.floor(call.spec.toolResultBytes / uses.length);
  const settled = await Promise.allSettled(
    uses.map(async (use): Promise<ContentBlock> => {
      const result = await one(deps, call, { use, share });
      const content = await resultText(deps, call.run.head, { text: result.text, spec: call.spec, share });
      const block = { type: "tool_result", tool_use_id: use.id, content };
      return result.isError ? { ...block, is_error: true } : block;
    }),
  );
  const content = settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
  return { role: "user", content };
}
