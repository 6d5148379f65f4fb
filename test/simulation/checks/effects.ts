/** Tools: a keyed effect has one key, an unsafe one happens at most once, and what is recorded is not done again. */
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

/** A recorded result is used, not made again. */
export const recordedIsNotRepeated: Check = (report) => ({
  effect: ({ file, key, replay }) => {
    if (replay !== "pure" && file.effects.get(key)?.doneRecorded === true)
      report("recordedIsNotRepeated", file, `${key} was done and recorded`);
  },
  toolDone: (file, key) => {
    const effect = file.effects.get(key);
    if (effect !== undefined) effect.doneRecorded = true;
  },
});
