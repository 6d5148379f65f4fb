/** What a seed comes to, and what may be done to it. */
import type { ToolContext } from "../../services/core/agent.ts";
import type { BatchModel } from "../../services/ports/batch-model.ts";
import type { FaultName } from "./engine/faults.ts";
import type { SimProcess } from "./engine/sim-process.ts";
import type { Ports } from "./world/ports.ts";

/** A broken promise, with what is needed to find it again. */
export type Violation = {
  readonly promise: string;
  readonly seed: number;
  readonly step: number;
  readonly atMs: number;
  readonly runId: string | undefined;
  readonly detail: string;
  readonly story: readonly string[];
};

/** What a seed came to. */
export type Outcome = {
  readonly seed: number;
  readonly runs: number;
  readonly steps: number;
  readonly virtualMs: number;
  readonly hash: string;
  readonly faults: Partial<Record<FaultName, number>>;
  readonly ends: Readonly<Record<string, number>>;
  /** How often a redrive took an end back, a submit was refused for the backlog, a release was seen to resume in peace, a running run ended by its cancel; machines. */
  readonly seen: Readonly<Record<"redriven" | "refused" | "resumed" | "cancelled" | "launched" | "scaledIn", number>>;
  readonly violation: Violation | undefined;
};

/** What a caller may do to a seed: read its trace, or plant a bug by changing what a process works with. */
export type Extras = {
  readonly say?: (line: string) => void;
  readonly plantTool?: (context: ToolContext, process: SimProcess) => ToolContext;
  readonly plant?: (ports: Ports, process: SimProcess) => Ports;
  readonly plantBatches?: (batches: BatchModel) => BatchModel;
  /** Budgets are not lifted after the harm, so that runs they do not cover stay parked: who asks looks at what was paid. */
  readonly budgetsStay?: boolean;
};
