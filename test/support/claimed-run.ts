/** Heads of runs after writes, as a store would keep them. */
import { applyHeadWrite } from "../../services/adapters/memory/apply-head-write.ts";
import type { HeadWrite, RunHead } from "../../services/contract/run.ts";
import type { Lease } from "../../services/core/held-run.ts";
import { claim } from "../../services/core/lifecycle.ts";
import { aQueuedRun, aTimeMs } from "./builders.ts";
import { aNonce, aWorkerId } from "./ids.ts";

const NOW = aTimeMs;

/** The head after a write that must not be refused. */
export function written(head: RunHead, write: HeadWrite): RunHead {
  const after = applyHeadWrite(head, write);
  if (after === undefined) throw new Error(`refused: ${JSON.stringify(write.guard)}`);
  return after;
}

/** A run that a worker claimed at `aTimeMs`. */
export function aRunning(overrides: Partial<RunHead> = {}): { head: RunHead; lease: Lease } {
  const { head, wake } = aQueuedRun({ nextMicroUsd: 500, ...overrides });
  const holder = aWorkerId();
  const claimed = written(head, claim(wake, { worker: holder, nonce: aNonce() }, NOW));
  return { head: claimed, lease: { holder, epoch: claimed.epoch } };
}
