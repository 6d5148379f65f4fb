import {
  AutoScalingClient,
  AutoScalingServiceException,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { limits } from "../../contract/limits.ts";
import type { OwnMachine } from "../../ports/own-machine.ts";
import { clientLimits } from "./clients.ts";

/** Which machine, and where; an endpoint replaces AWS. */
export type OwnMachineOptions = {
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly instanceId: string;
};

/** The group's minimum, a machine of no group, or one that is going already. */
const REFUSED = new Set(["ValidationError", "ScalingActivityInProgress", "ScalingActivityInProgressFault"]);

/** An instance of an Auto Scaling group, whose lifecycle hook lets the workers drain. */
export function ownInstance({ region, endpoint, instanceId }: OwnMachineOptions): OwnMachine {
  const client = new AutoScalingClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: clientLimits.attempts,
    requestHandler: {
      connectionTimeout: clientLimits.connectionTimeoutMs,
      requestTimeout: clientLimits.storeSilenceMs,
    },
  });
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
