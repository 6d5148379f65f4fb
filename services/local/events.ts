/** What the local twin tells: `--json` prints these as they are, a person gets a calm selection in words. */
import type { WorkerId } from "../contract/ids.ts";
import type { Role } from "./child.ts";

/** Addresses of what is used; `claude` is the stub's, or the real one's. */
export type Endpoints = {
  readonly dynamodb: string;
  readonly sqs: string;
  readonly s3: string;
  readonly claude: string;
};

/** What the twin tells: its life, and every line of its children. */
export type TwinEvent =
  | { readonly event: "local.starting"; readonly dataDir: string; readonly pid: number }
  | {
      readonly event: "local.ready";
      readonly url: string;
      readonly apiKey: string;
      readonly dataDir: string;
      /** By role; `local` is the supervisor itself. */
      readonly pids: Readonly<Record<string, readonly number[]>>;
      /** Since the supervisor's process started. */
      readonly readyMs: number;
      readonly endpoints: Endpoints;
      /** The Claude stand-in with its control endpoint; absent when Claude is real. */
      readonly stubUrl?: string;
      readonly workerIds: readonly WorkerId[];
    }
  | { readonly event: "worker.spawned"; readonly pid: number | undefined; readonly workerId: WorkerId | undefined }
  | {
      readonly event: "worker.ended";
      readonly pid: number | undefined;
      readonly workerId: WorkerId | undefined;
      readonly code: number | null;
      readonly signal: string | null;
    }
  | { readonly event: "child.ended"; readonly role: Role; readonly code: number | null; readonly signal: string | null }
  | { readonly event: "child.restarted"; readonly role: Role; readonly pid: number | undefined }
  /** A line that a child wrote: JSON of its event log, or its standard error. */
  | { readonly event: "child.line"; readonly role: Role; readonly pid: number | undefined; readonly line: ChildLine }
  | { readonly event: "local.stopping"; readonly because: string }
  | { readonly event: "local.stopped"; readonly stopMs: number };

/** A line that a child printed, parsed when it is JSON; and who is told. */
export type ChildLine = { readonly text: string; readonly json: unknown; readonly error: boolean };
export type Tell = (event: TwinEvent) => void;
