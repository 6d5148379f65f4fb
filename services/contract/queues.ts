/** The queues: data that the CDK construct and the local provisioner share. */
import type { Lane } from "./ids.ts";
import { limits } from "./limits.ts";

/** Names of a lane's queue and of its dead letter queue. */
export const queueNames = {
  high: { name: "muster-high", deadLetter: "muster-high-dead" },
  normal: { name: "muster-normal", deadLetter: "muster-normal-dead" },
  low: { name: "muster-low", deadLetter: "muster-low-dead" },
} as const satisfies Record<Lane, { readonly name: string; readonly deadLetter: string }>;

/** Settings of every lane's queue. A worker sets the visibility of what it receives itself; this is the default. */
export const queueSettings = {
  visibilityMs: limits.visibilityMs,
  receiveWaitMs: limits.receiveWaitMs,
  retentionMs: limits.queueRetentionMs,
  deadLetterRetentionMs: limits.deadLetterRetentionMs,
  maxReceiveCount: limits.maxReceiveCount,
} as const;

/** Address of a lane's dead letter queue, from that of the lane's own queue. Throws when that one has another name. */
export function deadLetterUrl(lane: Lane, url: string): string {
  const { name, deadLetter } = queueNames[lane];
  if (!url.endsWith(`/${name}`)) throw new Error(`${url} is not the queue ${name}`);
  return `${url.slice(0, -name.length)}${deadLetter}`;
}
