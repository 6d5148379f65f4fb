/** Sizes and times of a machine, its worker processes and what they are kept alive by; part of `limits`. */
import { assertLimit } from "./assert-limit.ts";
import { MIB, MINUTE, SECOND } from "./units.ts";

/** Spread into `limits`, which is where they are used by name. */
export const machineBounds = {
  /**
   * Slots for each vCPU of a machine, and a worker process for so many vCPU. Eight is what the specification's capacity plans
   * mean (180 machines with eight vCPU and 200 Fargate tasks for 10,000 runs); runs that share a process need far less.
   */
  slotsPerVcpu: 8,
  vcpuPerProcess: 2,
  /** Share of a machine's memory that runs may fill; what a worker takes without runs, and what a run may take: a long history
   * (1 MB as text, several times that as objects) and the answer that streams in. The least heap that a worker starts with. */
  memoryShare: 0.7,
  /** Slots that memory closed open again below this share; how often a worker looks. */
  memoryOpenShare: 0.6,
  memoryLookMs: SECOND,
  /** Time over which a worker says how busy its CPU is. */
  cpuMeanMs: MINUTE,
  workerBytes: 96 * MIB,
  slotBytes: 8 * MIB,
  heapLeastMiB: 128,
  /** Worker processes of one machine: waits before an ended one is started again, how long it must live for the wait to be
   * short again, and the wait after one that was drained (its machine may be going). */
  restartBaseMs: 250,
  restartMaxMs: 30 * SECOND,
  settledMs: MINUTE,
  drainedRestMs: MINUTE,
  /** How long a machine whose workers were all drained waits for its end before it starts others. */
  drainedLingerMs: 5 * MINUTE,
  /** With nobody to scale the fleet in: a machine without a run for so long ends itself, once the controller was silent for so
   * long; how often workers tell how idle they are, how often the machine looks, and its rest when it may not go; how long its
   * workers have to say that they take no new run, and how often it looks whether all have. */
  idleLeaveMs: 10 * MINUTE,
  controllerSilentMs: 5 * MINUTE,
  idleTellMs: SECOND,
  idleLookMs: MINUTE,
  leaveAgainMs: 10 * MINUTE,
  holdMs: 5 * SECOND,
  holdLookMs: 50,
  /** Where a worker runs: how long one look for it takes, how many there are, and the wait between two. */
  placeMs: 2 * SECOND,
  placeTries: 10,
  placeAgainMs: 5 * SECOND,
  /** How long the key of the Claude API is used before it is asked for again. */
  secretRefreshMs: 5 * MINUTE,
  /** One call of the command line to the account (stacks, quotas, roles), which nobody waits for but a person. */
  accountCallMs: 10 * SECOND,
  /** How long the builder of images on this machine may take to say what it is. */
  builderLookMs: 10 * SECOND,
  /** The controller as a function that is called every minute: how long it works, how often it looks whether it
   * is idle, and what it keeps of its time to end. */
  shiftMs: 57 * SECOND,
  shiftLookMs: SECOND,
  shiftMarginMs: 10 * SECOND,
  /** Lease of the controller: how often it is renewed, how long a renewal lets its holder act, and silence after which it is
   * anybody's. */
  leaseEveryMs: 5 * SECOND,
  leaseMs: 15 * SECOND,
  leaseSilentMs: 20 * SECOND,
  /** So long after a renewal was sent a leader acts without asking again; later it renews before each act. */
  leaseSureMs: 7 * SECOND,
} as const;

assertLimit(machineBounds.leaseEveryMs * 3 <= machineBounds.leaseMs, "two lost renewals cost no lease");
assertLimit(
  machineBounds.leaseMs + machineBounds.leaseEveryMs <= machineBounds.leaseSilentMs,
  "a leader stops acting before another leads",
);
assertLimit(machineBounds.memoryOpenShare < machineBounds.memoryShare, "the gate of memory does not turn to and fro");
assertLimit(
  machineBounds.controllerSilentMs < machineBounds.idleLeaveMs,
  "a machine's time alone is enough to see the controller silent",
);
assertLimit(
  machineBounds.shiftMs + 2 * machineBounds.leaseEveryMs < machineBounds.controllerSilentMs,
  "a controller that works shifts is not silent",
);
