import type { LimitName } from "../contract/tables.ts";
import type { BacklogStore } from "../ports/backlog-store.ts";
import type { BudgetStore } from "../ports/budget-store.ts";
import type { Chance, Clock } from "../ports/clock.ts";
import type { ContentStore } from "../ports/content-store.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { FleetStore } from "../ports/fleet-store.ts";
import type { HistoryStore } from "../ports/history-store.ts";
import type { LeaseStore } from "../ports/lease-store.ts";
import type { LedgerStore } from "../ports/ledger-store.ts";
import type { LimiterStore } from "../ports/limiter-store.ts";
import type { Queue } from "../ports/queue.ts";
import type { RunIndex } from "../ports/run-index.ts";
import type { RunStore } from "../ports/run-store.ts";
import type { ScalingDesk } from "../ports/scaling-stores.ts";
import type { Term } from "./leader.ts";

/**
 * What became of a look at capacity. `decided`: what was decided is done, or nothing was to do: the controller's heartbeat. `held`: too
 * little is known to decide, or no act went through, so that others may have to stand in. `fenced`: another leads.
 */
export type Scaled = "decided" | "held" | "fenced";

/** What the controller sees of the world and acts on. */
export type World = {
  readonly runs: RunStore;
  readonly index: RunIndex;
  readonly fleet: FleetStore;
  readonly budgets: BudgetStore;
  readonly queue: Queue;
  /** The lanes' dead letter queues, read like lanes; without it nobody reads them here. */
  readonly deadLetters?: Queue | undefined;
  /** The books of costs, and what they are completed from; without one of them nobody closes them here. */
  readonly ledger?: LedgerStore | undefined;
  readonly history?: HistoryStore | undefined;
  readonly contents?: ContentStore | undefined;
  /** Where the backlog is published, and a tenant's bound; without it nobody measures. */
  readonly backlog?: BacklogStore | undefined;
  readonly queuedMax?: number | undefined;
  /** Who leads among controllers; without it none does, and nothing is done that only a leader may do. */
  readonly leases?: LeaseStore | undefined;
  /** One decision about capacity, acted on: called by the leader every `decideEveryMs`. Without it nobody scales here. */
  readonly scale?: ((term: Term) => Promise<Scaled>) | undefined;
  /** Limit classes whose breakers are counted; without them nobody counts. */
  readonly rates?: { readonly limiter: LimiterStore; readonly names: readonly LimitName[] } | undefined;
  /** How often the fleet is measured; absent: never. */
  readonly measureEveryMs?: number | undefined;
  /** Where others ask for a decision now; without it nobody is heard. */
  readonly desk?: ScalingDesk | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly events: EventSink;
};
