import type { Stored } from "./stored-message.ts";

/**
 * Visible messages by group, as a fair queue keeps them: the next one is of the group that has the fewest messages in
 * flight, so that a noisy group does not delay a quiet one; within a group, and among equals, who came first.
 */
export type FairMessages = {
  readonly size: number;
  add(message: Stored): void;
  drop(message: Stored): void;
  /** Takes out the next message; `inFlight` says how many of a group are held now. */
  next(inFlight: (group: string) => number): Stored | undefined;
};

/** No messages yet. Finding the next one costs as many steps as there are groups, not messages. */
export function fairMessages(): FairMessages {
  const groups = new Map<string, Set<Stored>>();
  let size = 0;
  const drop = (message: Stored): void => {
    const group = groups.get(message.group);
    if (group?.delete(message) !== true) return;
    size--;
    if (group.size === 0) groups.delete(message.group);
  };
  return {
    get size() {
      return size;
    },
    add: (message) => {
      const group = groups.get(message.group) ?? new Set();
      groups.set(message.group, group);
      if (!group.has(message)) size++;
      group.add(message);
    },
    drop,
    next: (inFlight) => {
      let best: { message: Stored; held: number } | undefined;
      for (const [name, [first]] of groups) {
        if (first === undefined) continue;
        const held = groups.size === 1 ? 0 : inFlight(name);
        const isBetter =
          best === undefined || held < best.held || (held === best.held && first.sentAtMs < best.message.sentAtMs);
        if (isBetter) best = { message: first, held };
      }
      if (best !== undefined) drop(best.message);
      return best?.message;
    },
  };
}
