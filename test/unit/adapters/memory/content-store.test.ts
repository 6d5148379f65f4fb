import { expect, test } from "vitest";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../../../services/adapters/memory/world.ts";
import { limits } from "../../../../services/contract/limits.ts";
import { sha256 } from "../../../../services/core/digest.ts";
import { aTimeMs } from "../../../support/builders.ts";

test("a text is there as long as it must be kept, from its last put on, and gone right after", async () => {
  const clock = manualClock(aTimeMs);
  const { contents } = memoryWorld({ clock });
  const one = { digest: sha256("a"), text: "a" };
  await contents.put([one], clock.nowMs());
  await clock.advance(1_000);
  await contents.put([one], clock.nowMs());
  await clock.advance(limits.keepEndedMs - 1);
  expect(await contents.get(one.digest)).toBe("a");
  await clock.advance(1);
  expect(await contents.get(one.digest)).toBeUndefined();
});
