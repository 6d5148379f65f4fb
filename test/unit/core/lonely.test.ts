import { expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { type LonelyView, shouldLeave, wantsToKnow } from "../../../services/core/lonely.ts";

const idle: LonelyView = {
  driver: "controller",
  idleMs: limits.idleLeaveMs,
  controllerSilentMs: limits.controllerSilentMs,
};

test("an idle machine with a silent controller leaves", () => {
  expect(shouldLeave(idle)).toBe(true);
});

test.each<[string, Partial<LonelyView>]>([
  ["has not been idle for long enough", { idleMs: limits.idleLeaveMs - 1 }],
  ["has a worker that did not tell how idle it is", { idleMs: undefined }],
  ["has a controller that beats", { controllerSilentMs: limits.controllerSilentMs - 1 }],
  ["does not know whether there is a controller", { controllerSilentMs: undefined }],
])("one that %s stays", (_, view) => {
  expect(shouldLeave({ ...idle, ...view })).toBe(false);
});

test("where CloudWatch scales nobody else scales in", () => {
  expect(shouldLeave({ ...idle, driver: "cloudwatch", controllerSilentMs: undefined })).toBe(true);
});

test("the heartbeat is asked for early enough to be known to be missing, and not by a busy machine", () => {
  expect(wantsToKnow({ idleMs: 0 })).toBe(false);
  expect(wantsToKnow({ idleMs: undefined })).toBe(false);
  expect(wantsToKnow({ idleMs: limits.idleLeaveMs - limits.controllerSilentMs })).toBe(true);
});
