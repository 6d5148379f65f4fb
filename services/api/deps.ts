/** What the API is made of. */
import type { BudgetDefaults } from "../contract/budgets.ts";
import type { RoutingSettings } from "../contract/routing.ts";
import type { SavingName } from "../contract/savings.ts";
import type { RateSettings } from "../core/rate-control.ts";
import type { Agents } from "../ports/agents.ts";
import type { BacklogStore } from "../ports/backlog-store.ts";
import type { BudgetStore } from "../ports/budget-store.ts";
import type { Chance, Clock } from "../ports/clock.ts";
import type { ContentStore } from "../ports/content-store.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { FleetStore } from "../ports/fleet-store.ts";
import type { HistoryStore } from "../ports/history-store.ts";
import type { KeyStore } from "../ports/key-store.ts";
import type { LeaseStore } from "../ports/lease-store.ts";
import type { LedgerStore } from "../ports/ledger-store.ts";
import type { LimiterStore } from "../ports/limiter-store.ts";
import type { MetricStore } from "../ports/metric-store.ts";
import type { Queue } from "../ports/queue.ts";
import type { RunIndex } from "../ports/run-index.ts";
import type { RunStore } from "../ports/run-store.ts";
import type { ScalingStores } from "../ports/scaling-stores.ts";
import type { Waker } from "../ports/waker.ts";
import type { Auth } from "./auth.ts";
import type { FrozenAgents } from "./frozen-agents.ts";
import type { Kicker } from "./kicker.ts";
import type { QueueRoom } from "./queue-room.ts";
import type { WaitHub } from "./wait-hub.ts";

/** The ports that the API works over, the agents that it knows, and the signal that it is to stop. */
export type ApiDeps = {
  readonly runs: RunStore;
  readonly index: RunIndex;
  readonly history: HistoryStore;
  readonly contents: ContentStore;
  readonly fleet: FleetStore;
  readonly keys: KeyStore;
  readonly ledger: LedgerStore;
  readonly metrics: MetricStore;
  readonly limiter: LimiterStore;
  readonly budgets: BudgetStore;
  /** Budgets of the environment, until the operator sets others; absent: none. */
  readonly budgetDefaults?: BudgetDefaults | undefined;
  /** Whose limit classes these are, and how they are configured. */
  readonly rate: RateSettings;
  readonly queue: Queue;
  /** Where the backlog is published, and a tenant's bound; without it no submit is refused for it. */
  readonly backlog?: BacklogStore | undefined;
  readonly queuedMax?: number | undefined;
  /** What scaling tells and is told; without it nothing is shown of it, and nobody can order. */
  readonly scalingStores?: ScalingStores | undefined;
  /** Where the controller rests between its shifts: its lease, and how it is woken. */
  readonly leases?: LeaseStore | undefined;
  readonly waker?: Waker | undefined;
  readonly agents: Agents;
  /** Models of the classes and plans of the tenants; absent: `usualRouting`. */
  readonly routing?: RoutingSettings | undefined;
  /** Savings that are not wanted; absent: all are in use. */
  readonly savingsOff?: readonly SavingName[] | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly events: EventSink;
  /** Called when an answer is made, before it is sent. */
  readonly answered?: (() => Promise<void>) | undefined;
  /** Aborts when the process stops: waits and streams then end with what they have. */
  readonly stopping?: AbortSignal;
};

/** What routes work with: the ports, and the parts that one process keeps in memory. */
export type ApiParts = ApiDeps & {
  readonly auth: Auth;
  readonly frozen: FrozenAgents;
  readonly waits: WaitHub;
  readonly room: QueueRoom;
  readonly kicks: Kicker;
};
