import type { Stored } from "./stored-message.ts";

/** Messages in flight, by the time at which they become visible again. */
export type HiddenMessages = {
  readonly size: number;
  /** Takes a message in, or its new `visibleAtMs`. */
  add(message: Stored): void;
  /** Whether it was there. */
  drop(message: Stored): boolean;
  /** Takes out what is visible at `nowMs`, the earliest first. */
  due(nowMs: number): Stored[];
  nextMs(): number | undefined;
};

/** Messages by their time in a sorted list; a list, because renewals come at the end and few are in flight at once. */
export function hiddenMessages(): HiddenMessages {
  type Place = { readonly atMs: number; readonly message: Stored };
  const members = new Set<Stored>();
  let places: Place[] = [];
  let first = 0;

  /** Places of messages that are gone, or that moved, are passed over. */
  const holds = ({ atMs, message }: Place): boolean => members.has(message) && message.visibleAtMs === atMs;
  const skip = () => {
    for (let place = places[first]; place !== undefined && !holds(place); place = places[first]) first++;
    if (first > 1_000 && first * 2 > places.length) {
      places = places.slice(first);
      first = 0;
    }
  };
  return {
    get size() {
      return members.size;
    },
    add: (message) => {
      members.add(message);
      const atMs = message.visibleAtMs;
      let at = places.length;
      while (at > first && (places[at - 1]?.atMs ?? atMs) > atMs) at--;
      if (at === places.length) places.push({ atMs, message });
      else places.splice(at, 0, { atMs, message });
    },
    drop: (message) => members.delete(message),
    due: (nowMs) => {
      const due: Stored[] = [];
      for (skip(); (places[first]?.atMs ?? Number.POSITIVE_INFINITY) <= nowMs; skip()) {
        const message = places[first++]?.message;
        if (message === undefined || !members.delete(message)) continue;
        due.push(message);
      }
      return due;
    },
    nextMs: () => {
      skip();
      return places[first]?.atMs;
    },
  };
}
