/** The pools of a deployed fleet at an endpoint, as a contract suite wants to find them; ECS is played where the endpoint does not. */
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DescribeServicesCommand,
  ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { PoolSettings } from "../../services/contract/pool-settings.ts";

/** Clients as the SDK's own chain makes them: endpoints and keys are those of the environment. */
export function fleetOnWire(pools: PoolSettings, region: string) {
  const groups = new AutoScalingClient({ region });
  const services = new ECSClient({ region });
  const { cluster, names } = pools;

  async function group(pool: "spot" | "on-demand") {
    const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [names[pool]] });
    const { AutoScalingGroups: [found] = [] } = await groups.send(asked);
    if (found === undefined) throw new Error(`there is no group ${names[pool]}`);
    return found;
  }

  /** Down or up to one machine. */
  async function oneMachine(pool: "spot" | "on-demand"): Promise<void> {
    const { Instances: [, ...others] = [] } = await group(pool);
    for (const { InstanceId } of others)
      await groups.send(
        new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity: true }),
      );
    await groups.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: names[pool], DesiredCapacity: 1 }));
  }

  const tasks = async (): Promise<string[]> =>
    (await services.send(new ListTasksCommand({ cluster, serviceName: names.fargate, desiredStatus: "RUNNING" })))
      .taskArns ?? [];

  async function service() {
    const asked = new DescribeServicesCommand({ cluster, services: [names.fargate] });
    const { services: [found] = [] } = await services.send(asked);
    if (found?.desiredCount === undefined) throw new Error(`there is no service ${names.fargate}`);
    return { desired: found.desiredCount, taskDefinition: found.taskDefinition };
  }

  /** What ECS does a moment later: starts what is missing. Throws where it would have to choose a task to stop. */
  async function settle(): Promise<void> {
    const { desired, taskDefinition } = await service();
    const there = await tasks();
    if (there.length > desired) throw new Error(`${there.length} tasks, ${desired} wanted: the service would choose`);
    if (there.length === desired) return;
    const subnets = ((await group("spot")).VPCZoneIdentifier ?? "").split(",");
    const asked = { cluster, taskDefinition, launchType: "FARGATE", group: `service:${names.fargate}` } as const;
    const networkConfiguration = { awsvpcConfiguration: { subnets } };
    await services.send(new RunTaskCommand({ ...asked, networkConfiguration, count: desired - there.length }));
  }

  async function oneTask(): Promise<void> {
    const [, ...others] = await tasks();
    await services.send(new UpdateServiceCommand({ cluster, service: names.fargate, desiredCount: 1 }));
    for (const task of others) await services.send(new StopTaskCommand({ cluster, task }));
    await settle();
  }

  return {
    ...{ groups, services, group, oneMachine, settle, oneTask },
    close: () => {
      groups.destroy();
      services.destroy();
    },
  };
}
