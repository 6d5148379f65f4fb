/** What a gate works with, and what it gives. */
import type { RateSettings } from "../core/rate-control.ts";
import type { Chance, Clock } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { LimiterStore } from "../ports/limiter-store.ts";
import type { RatesSaid } from "../ports/model.ts";
import type { CallEnd } from "./call-end.ts";

/**
 * The right to make one call, on a platform. `heard` takes what the headers of its answer say, `began` is told when an answer
 * begins, and `settle` is called once, when the call has ended.
 */
export type Permit = {
  readonly kind: "permit";
  readonly platform: string;
  heard(said: RatesSaid): void;
  began(): void;
  settle(end: CallEnd): void;
};

/** What asking for a permit comes to. `held`: nothing starts for so long that the run should be parked. */
export type Taken =
  | Permit
  | {
      readonly kind: "held";
      readonly waitMs: number;
      readonly because: string;
      /** A pause is the platform's own pace; an open breaker is a reason to go elsewhere. */
      readonly by: "pause" | "breaker";
    }
  | { readonly kind: "stopped" };

/** `onChange` hears that slots may have become useful, or useless. */
export type GateParts = {
  readonly store: LimiterStore;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly events: EventSink;
  readonly settings: RateSettings;
  readonly stop: AbortSignal;
  onChange(): void;
};
