import type { Digest } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ContentStore } from "../../ports/content-store.ts";
import type { Faults } from "./faults.ts";

/** Texts in a map. A text is gone as soon as the time for which it must be kept is over, the earliest that is allowed. */
export function memoryContentStore(faults: Faults, clock: Clock): ContentStore {
  const texts = new Map<Digest, { readonly text: string; readonly untilMs: number }>();
  return {
    put: (given, nowMs) =>
      faults.run("contents.put", () => {
        for (const { digest, text } of given) {
          const untilMs = Math.max(nowMs + limits.keepEndedMs, texts.get(digest)?.untilMs ?? 0);
          texts.set(digest, { text, untilMs });
        }
      }),
    get: (digest) =>
      faults.run("contents.get", () => {
        const there = texts.get(digest);
        return there !== undefined && there.untilMs > clock.nowMs() ? there.text : undefined;
      }),
  };
}
