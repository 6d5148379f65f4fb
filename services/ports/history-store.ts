import type { RunId } from "../contract/ids.ts";
import type { LiveText, ToolRecord, TurnDelta } from "../contract/turn.ts";

/** What runs leave behind turn by turn. Reads are consistent. Deltas above `limits.inlineBytes` lie in the object store. */
export interface HistoryStore {
  /** Idempotent. Must be durable before the head's commit that makes it count. */
  putDelta(delta: TurnDelta): Promise<void>;
  /**
   * Deltas of turns in [from, below), ascending, of each turn the one with the highest epoch; at most `max` of them
   * (all when absent).
   */
  deltas(id: RunId, from: number, below: number, max?: number): Promise<TurnDelta[]>;
  /** Stores an intent if there is no record yet and gives the record that is there after it. */
  intendTool(record: ToolRecord): Promise<ToolRecord>;
  completeTool(record: ToolRecord): Promise<void>;
  putLive(text: LiveText): Promise<void>;
  live(id: RunId): Promise<LiveText | undefined>;
}
