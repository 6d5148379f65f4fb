/** Times, sizes and counts, each with a name; relations between them are asserted when this module loads. */
import { apiBounds } from "./api-bounds.ts";
import { assertLimit } from "./assert-limit.ts";
import { budgetBounds } from "./budget-bounds.ts";
import { capacityBounds } from "./capacity-bounds.ts";
import { costBounds } from "./cost-bounds.ts";
import { drainBounds } from "./drain-bounds.ts";
import { machineBounds } from "./machine-bounds.ts";
import { metricBounds } from "./metric-bounds.ts";
import { rateBounds } from "./rate-bounds.ts";
import { routingBounds } from "./routing-bounds.ts";
import { savingBounds } from "./saving-bounds.ts";
import { scalingBounds } from "./scaling-bounds.ts";
import { DAY, HOUR, KIB, MINUTE, SECOND } from "./units.ts";

export { assertLimit };

export const limits = {
  /** Heartbeat of a worker, silence that is death (by the observer's clock), and how long a beat lets a worker act. */
  heartbeatMs: 5 * SECOND,
  deadAfterMs: 20 * SECOND,
  actWithinMs: 15 * SECOND,
  watchMs: 2 * SECOND,
  /** Most silence that the time between two looks adds: an observer that saw nothing knows of no silence. */
  lookGapMs: 4 * SECOND,
  /** Most that the time between two looks at its clock adds to a worker's own time: a machine that slept ran no run. */
  ownGapMs: 10 * SECOND,
  /** How long the runs of a dead worker are asked for before none is believed. */
  reclaimForMs: MINUTE,
  tombstoneMs: DAY,
  inboxEntries: 100,

  /** Cancel: when the watch forces the end, and the promise. */
  cancelGraceMs: 8 * SECOND,
  cancelWithinMs: 10 * SECOND,

  /** SQS: longest poll, most messages of one call, visibility on AWS (renewed at a third), message bytes. */
  receiveWaitMs: 20 * SECOND,
  receiveMax: 10,
  visibilityMs: 15 * MINUTE,
  /** Visibility of a message until its run is claimed: what a worker received and died with comes back so soon. How often a
   * worker looks which messages need their full visibility. */
  unclaimedMs: 10 * SECOND,
  renewLookMs: 3 * SECOND,
  queueRetentionMs: 4 * DAY,
  deadLetterRetentionMs: 14 * DAY,
  maxReceiveCount: 10,
  /** Dead letters: of one run before it is given up; how often the queues are read, how long for one answer, how long what
   * was received stays hidden, and receives of one pass and lane. */
  deadLettersMax: 5,
  deadLetterEveryMs: 30 * SECOND,
  deadLetterWaitMs: SECOND,
  deadLetterHoldMs: MINUTE,
  deadLetterPages: 10,
  sendBatchMax: 10,
  sendDelayMaxMs: 15 * MINUTE,

  /** DynamoDB: items of one call (a service limit) and item size kept inline; larger text goes to the object store. */
  writeBatchMax: 25,
  readBatchMax: 100,
  inlineBytes: 300 * KIB,
  storeCallMs: 5 * SECOND,
  /** Micro-batches: calls in flight at once, jobs that may wait, tries of what a call left over, and the wait between. */
  batchesInFlight: 2,
  batchQueueMax: 20_000,
  batchAttempts: 6,
  batchRetryBaseMs: 50,
  batchRetryMaxMs: 2 * SECOND,
  /** Pages of one listing or history before it is an error or a short page; objects fetched at once. */
  queryPagesMax: 1_000,
  listRoundsMax: 5,
  objectsAtOnce: 10,
  /** A content that this process stored is not stored again for so long; how many it remembers. */
  contentRefreshMs: HOUR,
  contentRememberMax: 2_000,
  /** How long the provisioner waits for the table, and how often it looks. */
  provisionMs: MINUTE,
  provisionPollMs: 100,

  /** Runs: active time, wall clock from submit, turns, and how long an ended run is kept. */
  timeoutDefaultMs: 15 * MINUTE,
  timeoutMaxMs: HOUR,
  deadlineDefaultMs: DAY,
  deadlineMaxMs: 3 * DAY,
  turnsMax: 200,
  keepEndedMs: 30 * DAY,
  budgetDefaultMicroUsd: 1_000_000,
  /** Characters that are kept of what happened: a detail of an end, why something is unknown. */
  detailChars: 300,

  /** A model call: silence of a stream that aborts it; its longest time is `turnMs`, which every drain leaves. */
  modelIdleMs: 30 * SECOND,
  toolMs: 60 * SECOND,
  toolResultBytes: 64 * KIB,
  /**
   * Failures in a row: tried again in the slot, then parked for up to `parkMaxMs`, then given up; interruptions without a
   * committed turn.
   */
  failuresInSlot: 3,
  failuresMax: 30,
  parkMaxMs: 5 * MINUTE,
  /** Longest wait of a run whose worker found the store silent: it parks for a random part of it. */
  outageParkMs: MINUTE,
  interruptionsMax: 20,
  retryBaseMs: SECOND,
  retryMaxMs: MINUTE,
  /** When the message of a claim without an answer comes back. */
  claimAgainMs: 10 * SECOND,
  /** Parkings because its own calls met a limit, in a run's life before it is given up. Holds of the whole fleet do not count. */
  waitsMax: 1_000,
  /** Shares of a worker's slots while every lane has a backlog; how long a lane that asks in vain holds its share. */
  laneWeights: { high: 6, normal: 3, low: 1 },
  laneEagerMs: 500,
  /** Longest wait for the rate limit inside a slot; a longer one parks the run. */
  waitInSlotMs: 10 * SECOND,

  /** Queued runs of one tenant in one lane before its submits and redrives are refused. Backlog: how often it is measured, how long the
   * API keeps what it read, after how many failures in a row a worker does without, when a measurement means nothing any more,
   * tenants that it names, and when to submit again. */
  queuedMax: 100_000,
  backlogEveryMs: 10 * SECOND,
  backlogReadMs: 5 * SECOND,
  backlogReadTries: 2,
  backlogOldMs: MINUTE,
  backlogTenants: 200,
  backlogRetrySeconds: 10,
  /** One measurement of a lane: ids in a page of the index, pages of ids, and heads that are read of them. Sixteen shards of 100,000
   * ids each are the most runs whose sample is fair. */
  censusPage: 2_000,
  censusPages: 50,
  censusSample: 1_600,
  /** Active runs of one tenant in the fleet; absent: no cap. At the cap: how long a message is held back (jittered down to half),
   * after how many receives a fresh copy takes its place, so that waiting never makes it a dead letter, and the rest of a lane
   * whose poll brought nothing else. */
  tenantActiveMax: undefined,
  tenantHoldMs: 10 * SECOND,
  tenantHoldReceives: 5,
  tenantRestMs: SECOND,
  /** For how long a worker says of a tenant that it held its messages back: within it each such message came to somebody again. */
  tenantHeldMs: 30 * SECOND,
  /** Active runs by tenant in a beat: tenants, and bytes of their text (a beat is one write unit). Beats that a worker
   * remembers, to know what it said when the fleet was counted. */
  beatTenants: 20,
  beatTenantBytes: 500,
  beatHeldBytes: 200,
  beatsRemembered: 4,

  ...apiBounds,
  ...rateBounds,
  ...budgetBounds,
  ...capacityBounds,
  ...costBounds,
  ...metricBounds,
  ...routingBounds,
  ...savingBounds,
  ...scalingBounds,

  /** Live text of a watched run. */
  liveEveryMs: SECOND,
  liveChars: 16 * KIB,

  ...machineBounds,

  ...drainBounds,

  /** Sweep: a queued run is sent again when older than this, at the latest after `resendMaxMs`. */
  resendAfterMs: MINUTE,
  resendMaxMs: 3 * DAY,
  /** One of a tenant at its cap waits for its tenant, not for its message: that one is seldom lost. */
  resendHeldMs: HOUR,
  sweepEveryMs: 10 * SECOND,
  sweepPage: 100,
  /** Pages of runs moved in one pass: of one shard of the sweep; of one dead worker, and of cancels. */
  sweepPages: 4,
  movePages: 10,
  /** Writes in flight while runs are moved; workers whose runs say how long a lane waits. */
  movesAtOnce: 25,
  /** Parts of a pass that fail one after the other before the rest of them is left to the next pass. */
  failedInARow: 8,
  laneSampleWorkers: 5,
  /** How often a worker asks what it holds, and how many pages of `censusPage` it reads: more than the slots of any worker. */
  orphanCheckMs: 30 * SECOND,
  heldPages: 20,
  overdueEveryMs: MINUTE,

  /** Shards. */
  fleetShards: 8,
  queueShards: 16,
  tenantShards: 8,
} as const;

assertLimit(limits.heartbeatMs * 3 <= limits.actWithinMs, "two lost heartbeats must not stop a worker");
assertLimit(
  limits.actWithinMs + limits.heartbeatMs <= limits.deadAfterMs,
  "a worker stops acting before others take its runs",
);
assertLimit(limits.watchMs <= limits.lookGapMs && limits.lookGapMs < limits.deadAfterMs, "one look is never a death");
assertLimit(limits.deadAfterMs < limits.visibilityMs / 3, "the watch sees a death before the message comes back");
assertLimit(2 * limits.renewLookMs < limits.unclaimedMs, "a claimed run's message is renewed before it comes back");
assertLimit(2 * limits.heartbeatMs <= limits.ownGapMs, "a worker that is only busy loses nothing of its own time");
assertLimit(limits.cancelGraceMs + limits.watchMs <= limits.cancelWithinMs, "a forced cancel keeps the promise");
assertLimit(limits.heartbeatMs < limits.cancelGraceMs, "the holder hears of a cancel before it is forced");
assertLimit(
  limits.tenantHeldMs > 2 * limits.tenantHoldMs + limits.heartbeatMs,
  "who is held back is said without a gap",
);
assertLimit(limits.tenantHoldReceives < limits.maxReceiveCount, "a message that is held back is no dead letter");
assertLimit(limits.deadlineMaxMs < limits.queueRetentionMs, "a queued run ends before its message is dropped");
assertLimit(limits.timeoutMaxMs <= limits.deadlineMaxMs, "active time fits into the deadline");
for (const leftMs of [limits.drainMs, limits.machineStopMs, limits.fargateStopMs, limits.spotNoticeMs]) {
  const keptMs = limits.noticeLateMs + limits.storeCallMs + limits.drainMarginMs;
  assertLimit(limits.turnMs + keptMs <= leftMs, "a turn fits into every way to be told to stop");
}
assertLimit(
  Math.max(limits.metadataPollMs + limits.metadataCallMs, limits.heartbeatMs) <= limits.noticeLateMs,
  "a notice is heard before it is late",
);
assertLimit(
  3 * limits.storeCallMs <= limits.drainMarginMs,
  "two reads and a booking, which is one try to write what is owed, fit into the margin",
);
assertLimit(limits.rateLookMs <= limits.heartbeatMs, "a pause is seen by all within one heartbeat");
assertLimit(limits.memoTtlMaxMs <= limits.keepEndedMs, "what a memo points at is there as long as the memo");
assertLimit(limits.breakerProbeForMs > limits.turnMs, "a probe's turn ends before another is sent");
assertLimit(limits.budgetReadMs + limits.storeCallMs <= limits.budgetWakeAfterMs, "a raise is read before it wakes");
assertLimit(
  limits.keepBooksMs > limits.keepEndedMs + limits.deadlineMaxMs,
  "the books of a run's turns outlive the run",
);
assertLimit(limits.bulkCallMs + limits.storeCallMs < 29 * SECOND, "a call by filter ends before API Gateway does");
assertLimit(limits.pageBytes + limits.inlineBytes < 6_000 * KIB, "a Lambda answers at most 6 MB");
