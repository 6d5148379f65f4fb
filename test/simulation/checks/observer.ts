/** What checks are told, each at the moment in which it happens. A check keeps what it needs and answers in constant time. */
import type { Lane, RunId, TenantId, WorkerId } from "../../../services/contract/ids.ts";
import type { RunHead } from "../../../services/contract/run.ts";
import type { ToolRecord, TurnDelta } from "../../../services/contract/turn.ts";
import type { Replay } from "../../../services/core/agent.ts";
import type { ReleaseNotice } from "../../../services/core/drain.ts";
import type { ModelAnswer, ModelFailure, ModelRequest } from "../../../services/ports/model.ts";
import type { SimMoment, SimProcess } from "../engine/sim-process.ts";
import type { RunFile } from "../world/run-file.ts";

/** A head that changed, and the process whose call changed it. `file.head` is still the one before. */
export type HeadChange = {
  readonly file: RunFile;
  readonly before: RunHead | undefined;
  readonly after: RunHead;
  readonly by: SimProcess | undefined;
};

export type ModelCall = { readonly file: RunFile; readonly request: ModelRequest; readonly by: SimProcess };
export type Effect = { readonly file: RunFile; readonly key: string; readonly replay: Replay; readonly by: SimProcess };
export type Drained = {
  readonly by: SimProcess;
  /** Absent when others asked for the drain: a flag, an event of AWS. */
  readonly notice: ReleaseNotice | undefined;
  readonly held: number;
};

export type Observer = {
  head?(change: HeadChange): void;
  delta?(file: RunFile, delta: TurnDelta): void;
  /** A process asked for the record of a tool call and was answered. */
  toolIntended?(by: SimProcess, record: ToolRecord): void;
  modelCall?(call: ModelCall): void;
  modelCallOver?(call: ModelCall, end: ModelAnswer | ModelFailure): void;
  effect?(effect: Effect): void;
  /** A claim or an effect leaves a process: how long ago it sent its last acknowledged beat, by its own clock. */
  acts?(by: SimProcess, what: "claim" | "effect" | "model call", file: RunFile): void;
  beatAnswered?(by: SimProcess, sent: SimMoment): void;
  /** A beat of a worker was stored; a worker was declared dead, which is or is not `gone`. */
  beatStored?(id: WorkerId, atMs: number): void;
  buried?(id: WorkerId, atMs: number, gone: boolean): void;
  accepted?(file: RunFile, tenant: TenantId): void;
  /** What a tenant's caller was shown of a run. */
  shown?(file: RunFile, tenant: TenantId): void;
  /** A caller that asked then was told that its run is cancelled, or asked to stop. */
  cancelTold?(file: RunFile, askedAtMs: number): void;
  messages?(lane: Lane, count: number): void;
  inbox?(entries: number): void;
  /** The worker said that it holds nothing; with how many heads name it still. */
  drained?(drained: Drained): void;
};

/** Takes a broken promise: which, of which run, and what was seen. The first one ends the simulation. */
export type Report = (promise: string, file: RunFile | undefined, detail: string) => void;

/** Makes a check; its name is the promise that it watches. */
export type Check = (
  report: Report,
  files: {
    of(id: RunId): RunFile;
    readonly accepted: number;
    readonly ended: number;
    readonly voidFlights: ReadonlySet<string>;
    readonly cancelling: ReadonlySet<TenantId>;
    readonly redriving: ReadonlySet<TenantId>;
  },
) => Observer;
