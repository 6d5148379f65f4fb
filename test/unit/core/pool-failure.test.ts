/** What AWS tells of launches that failed is the answer of the pool that it is about. */
import { expect, test } from "vitest";
import { poolFailure } from "../../../services/contract/pool-failures.ts";
import { answerOf } from "../../../services/core/pool-failure.ts";
import { launchUnsuccessful, serviceAction } from "../../support/aws-events.ts";
import { aTimeMs } from "../../support/builders.ts";

const names = {
  spot: "muster-spot",
  "on-demand": "muster-on-demand",
  "fargate-spot": "muster-fargate-spot",
  fargate: "muster-fargate",
};
const answer = (event: unknown) => answerOf(poolFailure.parse(event), { names });

test.each([
  ["Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity", "no-capacity"],
  ["InsufficientInstanceCapacity - There is no Spot capacity available that matches your request.", "no-capacity"],
  ["VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit", "quota"],
  ["MaxSpotInstanceCountExceeded - Max spot instance count exceeded", "quota"],
  ["RequestLimitExceeded - Request limit exceeded.", "throttled"],
  ["InvalidAMIID.NotFound - The image id does not exist", "no-capacity"],
] as const)("%s: %s", (message, kind) => {
  const at = Math.floor(aTimeMs / 1_000) * 1_000;
  expect(answer(launchUnsuccessful(names.spot, message))).toEqual({ pool: "spot", atMs: at, kind, because: message });
});

test("a task that could not be placed is an answer of its service's pool; other news of services are not", () => {
  const failed = serviceAction(names["fargate-spot"], "SERVICE_TASK_PLACEMENT_FAILURE", "RESOURCE:FARGATE");
  expect(answer(failed)).toMatchObject({ pool: "fargate-spot", kind: "no-capacity", because: "RESOURCE:FARGATE" });
  expect(answer(serviceAction(names.fargate, "SERVICE_STEADY_STATE", ""))).toBeUndefined();
});

test("a group or a service of somebody else is nothing to us", () => {
  expect(answer(launchUnsuccessful("other-spot", "InsufficientInstanceCapacity"))).toBeUndefined();
  expect(answer(serviceAction("other", "SERVICE_TASK_PLACEMENT_FAILURE", "RESOURCE:CPU"))).toBeUndefined();
});
