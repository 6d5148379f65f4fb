import type { Lane } from "../contract/ids.ts";
import type { WakeMessage } from "../contract/messages.ts";

/** A received message. `message` is undefined when the body does not parse; `body` is what came. */
export type Received = {
  readonly receipt: string;
  readonly body: string;
  readonly message: WakeMessage | undefined;
  readonly receives: number;
};

/** How many messages wait and are held; unknown is a case, never 0. */
export type LaneDepth =
  | { readonly kind: "known"; readonly visible: number; readonly inFlight: number }
  | { readonly kind: "unknown"; readonly because: string };

/**
 * One queue for each lane; at-least-once delivery, no order. Where a message names its tenant, a tenant with many messages in
 * flight does not delay the others. Calls split into batches of 10 by themselves.
 */
export interface Queue {
  /** Gives the messages that were not taken. Nobody receives them for `delayMs`, at most `limits.sendDelayMaxMs`. */
  send(lane: Lane, messages: readonly WakeMessage[], delayMs?: number): Promise<WakeMessage[]>;
  /** Up to `max` (at most 10) messages, after at most `waitMs`; an empty answer before that is normal. */
  receive(lane: Lane, max: number, waitMs: number, visibilityMs: number): Promise<Received[]>;
  delete(lane: Lane, receipts: readonly string[]): Promise<void>;
  /** Sets the time until the messages come back (0: at once); gives the receipts whose lease was lost. */
  extend(lane: Lane, receipts: readonly string[], visibilityMs: number): Promise<string[]>;
  depth(lane: Lane): Promise<LaneDepth>;
}
