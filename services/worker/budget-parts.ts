/** What draws from budgets work with, and what they come to. */
import type { WorkerId } from "../contract/ids.ts";
import type { BudgetStore } from "../ports/budget-store.ts";
import type { Chance, Clock } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { Ceilings } from "./ceilings.ts";

/** The right to spend up to what was asked for; `settle` is called once, with what the call cost or may have cost. */
export type Draw = { readonly kind: "drawn"; settle(microUsd: number): void };

/** What asking comes to. `held`: the run is to be parked; nothing failed, and it does not count against the run. */
export type Drawn =
  | Draw
  | { readonly kind: "held"; readonly waitMs: number; readonly because: string }
  | { readonly kind: "stopped" };

/** Shared by all blocks of one worker. */
export type BudgetParts = {
  readonly workerId: WorkerId;
  readonly store: BudgetStore;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly events: EventSink;
  readonly ceilings: Ceilings;
  /** Sends a beat now; gives whether it was acknowledged. */
  beat(): Promise<boolean>;
  /** Numbers the changes of this worker's entries, of whatever budget. */
  nextOp(): number;
  readonly stop: AbortSignal;
};
