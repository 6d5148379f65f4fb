/** The check on queued runs sees whoever queues them. */
import { expect, test } from "vitest";
import type { RunId, TenantId } from "../../services/contract/ids.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { aHead } from "../support/builders.ts";
import { backlogIsBounded } from "./checks/crowds.ts";
import { RunFile } from "./world/run-file.ts";

const QUEUED_MAX = 2;

const files = {
  of: (id: RunId) => new RunFile(id),
  accepted: 0,
  ended: 0,
  voidFlights: new Set<string>(),
  cancelling: new Set<TenantId>(),
  redriving: new Set<TenantId>(),
};

/** What is reported when runs of one tenant get these heads one after the other, a minute between each. */
function reported(changes: readonly { readonly before?: RunHead; readonly after: RunHead }[]): string[] {
  const broken: string[] = [];
  let atMs = 0;
  const bounds = {
    queuedMax: QUEUED_MAX,
    tenantActiveMax: undefined,
    workers: 1,
    nowMs: () => atMs,
    quietMs: () => atMs,
  };
  const check = backlogIsBounded(bounds)((promise) => void broken.push(promise), files);
  for (const { before, after } of changes) {
    atMs += 60_000;
    check.head?.({ file: new RunFile(after.runId), before, after, by: undefined });
  }
  return broken;
}

const queued = Array.from({ length: QUEUED_MAX + 2 }, () => aHead()).map((head, _, [first]) => ({
  ...head,
  tenant: first?.tenant ?? head.tenant,
}));
const dead = (after: RunHead) => ({ before: { ...after, state: "DEAD" } as const, after });

test.each([
  ["submits", queued.map((after) => ({ after })), 1],
  ["redrives", queued.map(dead), 1],
  ["runs that are given back", queued.map((after) => ({ before: { ...after, state: "RUNNING" } as const, after })), 0],
  ["no more than the bound", queued.slice(0, QUEUED_MAX).map(dead), 0],
])("%s", (_, changes, times) => {
  expect(reported(changes)).toEqual(Array(times).fill("backlogIsBounded"));
});
