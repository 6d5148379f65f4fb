import { expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { slotsBehind, turnGate } from "../../../services/core/memory-gate.ts";

test("shuts at 70 %, and opens again only well below", () => {
  expect(turnGate("open", limits.memoryShare - 0.001)).toBe("open");
  expect(turnGate("open", limits.memoryShare)).toBe("closed");
  expect(turnGate("closed", limits.memoryShare - 0.001)).toBe("closed");
  expect(turnGate("closed", limits.memoryOpenShare)).toBe("closed");
  expect(turnGate("closed", limits.memoryOpenShare - 0.001)).toBe("open");
});

test("what nobody knows changes nothing", () => {
  expect(turnGate("open", undefined)).toBe("open");
  expect(turnGate("closed", undefined)).toBe("closed");
});

test("behind a closed gate nobody comes in, and nobody is thrown out; an empty worker takes one", () => {
  expect(slotsBehind("open", 16, 3)).toBe(16);
  expect(slotsBehind("closed", 16, 3)).toBe(3);
  expect(slotsBehind("closed", 16, 0)).toBe(1);
});
