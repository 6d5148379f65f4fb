/** A machine ends itself by the one call that its group may refuse. */
import {
  AutoScalingClient,
  AutoScalingServiceException,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { mockClient } from "aws-sdk-client-mock";
import { afterAll, afterEach, expect, test } from "vitest";
import { ownInstance } from "../../../services/adapters/aws/own-machine.ts";
import { AT_MINIMUM } from "../../support/aws-groups.ts";

const autoScaling = mockClient(AutoScalingClient);
afterEach(() => autoScaling.reset());
afterAll(() => autoScaling.restore());
const machine = ownInstance({ region: "eu-west-1", endpoint: undefined, instanceId: "i-0b22a22eec53b9321" });

const refusal = (name: string, message: string) =>
  new AutoScalingServiceException({ name, message, $fault: "client", $metadata: {} });

test("the group gets smaller with it: nothing is launched in its place", async () => {
  autoScaling.on(TerminateInstanceInAutoScalingGroupCommand).resolves({});
  expect(await machine.leave()).toEqual({ kind: "leaving" });
  expect(autoScaling.commandCalls(TerminateInstanceInAutoScalingGroupCommand).map(({ args }) => args[0].input)).toEqual(
    [{ InstanceId: "i-0b22a22eec53b9321", ShouldDecrementDesiredCapacity: true }],
  );
});

test("a group at its minimum keeps it: it never asks for less than the minimum, nor to be replaced", async () => {
  autoScaling.on(TerminateInstanceInAutoScalingGroupCommand).rejects(refusal("ValidationError", AT_MINIMUM));
  expect(await machine.leave()).toEqual({ kind: "kept", because: AT_MINIMUM });
  expect(autoScaling.commandCalls(TerminateInstanceInAutoScalingGroupCommand)).toHaveLength(1);
});

test("a missing permission is no refusal of the group", async () => {
  autoScaling.on(TerminateInstanceInAutoScalingGroupCommand).rejects(refusal("AccessDenied", "no"));
  await expect(machine.leave()).rejects.toThrow("no");
});
