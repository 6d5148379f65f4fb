/** All stacks of a deployment, wired. */
import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { type StackPart, stackName } from "../services/contract/stacks.ts";
import type { Deployment } from "./config/deployment.ts";
import { namesOf } from "./config/names.ts";
import { readDeployment } from "./config/read-deployment.ts";
import { ApiStack } from "./stacks/api.ts";
import { ControlStack } from "./stacks/control.ts";
import { FleetStack } from "./stacks/fleet.ts";
import { ObserveStack } from "./stacks/observe.ts";
import { StateStack } from "./stacks/state.ts";

/** A context value given as `-c key=value`; anything but text counts as absent. */
function given(app: App, key: string): string | undefined {
  const value: unknown = app.node.tryGetContext(key);
  return typeof value === "string" ? value : undefined;
}

/** Adds the stacks of a deployment. Its name is the prefix of theirs, so that several fit into one account. */
export function addStacks(app: App, deployment: Deployment) {
  const names = namesOf(deployment.name);
  const stack = (part: StackPart, description: string) =>
    [app, stackName(deployment.name, part), `Muster ${deployment.name}: ${description}`] as const;
  const [, stateId, stateText] = stack("State", "table, queues and bucket");
  const state = new StateStack(app, stateId, { description: stateText, names, keeping: deployment.keeping });
  const [, fleetId, fleetText] = stack("Fleet", "network, cluster and workers");
  const fleet = new FleetStack(app, fleetId, { description: fleetText, deployment, state, names });
  const [, apiId, apiText] = stack("Api", "front door");
  const front = new ApiStack(app, apiId, { description: apiText, deployment, state, names });
  const [, controlId, controlText] = stack("Control", "controller and its ears");
  const control = new ControlStack(app, controlId, { description: controlText, deployment, state, names });
  const [, observeId, observeText] = stack("Observe", "dashboard and alarms");
  const observe = new ObserveStack(app, observeId, { description: observeText, deployment });
  // They know the state by its names alone, so that no stack waits for another to let go of it; the order is said here.
  for (const one of [fleet, front, control]) one.addStackDependency(state);
  return { state, fleet, front, control, observe };
}

/** The deployment of the configuration file and of `-c config|name|profile|keeping=...`, checked by AWS's own rules too. */
export function addMuster(app: App): void {
  const overrides = {
    config: given(app, "config"),
    name: given(app, "name"),
    profile: given(app, "profile"),
    keeping: given(app, "keeping"),
  };
  addStacks(app, readDeployment(overrides));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
