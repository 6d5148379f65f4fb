import type { MemoEntry, MemoKey } from "../contract/memo.ts";

/** Who makes the call, and until when others wait for it unless it is renewed. `leader` is new for each try. */
export type MemoLead = { readonly leader: string; readonly untilMs: number };

/**
 * Remembered answers. Entries whose time is over may be there or gone. A write without an answer may be sent again: it does the same
 * once more, or is refused.
 */
export interface MemoStore {
  /** Consistent. */
  read(key: MemoKey): Promise<MemoEntry | undefined>;
  /** Puts a `pending` entry where there is none, none that is valid at `nowMs`, or one of the same leader. False: somebody else's. */
  lead(key: MemoKey, lead: MemoLead, nowMs: number): Promise<boolean>;
  /** Puts `entry` in the place of this leader's `pending` one, or nothing (undefined). False: it is not this leader's any more. */
  replace(key: MemoKey, leader: string, entry: MemoEntry | undefined): Promise<boolean>;
}
