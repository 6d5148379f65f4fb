/** Tools: a keyed effect has one key, an unsafe one happens at most once, and what is recorded is not done again. */
import type { SimProcess } from "../engine/sim-process.ts";
import type { Check } from "./observer.ts";

/** An effect outside belongs to a tool call of the committed conversation, under the id that the model gave it. */
export const keysAreTheModels: Check = (report) => ({
  effect: ({ file, key, replay }) => {
    if (replay !== "pure" && !file.committedTools.includes(key) && ![...file.deltas.values()].flat().includes(key))
      report("keysAreTheModels", file, `an effect under ${key}, which no committed answer asked for`);
  },
});

/** At most once. */
export const unsafeHappensOnce: Check = (report) => ({
  effect: ({ file, key, replay }) => {
    if (replay === "unsafe" && (file.effects.get(key)?.times ?? 0) > 0)
      report("unsafeHappensOnce", file, `${key} again`);
  },
});

/** A recorded result is used, not made again: who was told that a call is done does not do it. */
export const recordedIsNotRepeated: Check = (report) => {
  const done = new Map<string, Set<SimProcess>>();
  return {
    toolIntended: (by, { toolUseId, state }) => {
      if (state === "DONE") done.set(toolUseId, (done.get(toolUseId) ?? new Set()).add(by));
    },
    effect: ({ file, key, replay, by }) => {
      if (replay !== "pure" && done.get(key)?.has(by) === true)
        report("recordedIsNotRepeated", file, `${by.name} was told that ${key} is done, and did it`);
    },
  };
};
