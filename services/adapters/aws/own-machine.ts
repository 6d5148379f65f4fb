import {
  AutoScalingClient,
  AutoScalingServiceException,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { limits } from "../../contract/limits.ts";
import type { OwnMachine } from "../../ports/own-machine.ts";
import { boundedClient, type ServiceAddress } from "./bounded-client.ts";

/** Which machine, and where. */
export type OwnMachineOptions = ServiceAddress & { readonly instanceId: string };

/** The group's minimum, a machine of no group, or one that is going already. */
const REFUSED = new Set(["ValidationError", "ScalingActivityInProgress", "ScalingActivityInProgressFault"]);

/** An instance of an Auto Scaling group, whose lifecycle hook lets the workers drain. */
export function ownInstance({ instanceId, ...address }: OwnMachineOptions): OwnMachine {
  const client = new AutoScalingClient(boundedClient(address, limits.storeCallMs));
  return {
    async leave() {
      const input = { InstanceId: instanceId, ShouldDecrementDesiredCapacity: true };
      try {
        await client.send(new TerminateInstanceInAutoScalingGroupCommand(input));
        return { kind: "leaving" };
      } catch (error) {
        if (!(error instanceof AutoScalingServiceException) || !REFUSED.has(error.name)) throw error;
        return { kind: "kept", because: error.message.slice(0, limits.detailChars) };
      }
    },
  };
}
