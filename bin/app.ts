#!/usr/bin/env node
/** The CDK app. `-c keeping=dispose` makes a deployment for a trial, which leaves nothing behind. */
import { App } from "aws-cdk-lib";
import { StateStack } from "../lib/stacks/state.ts";

const app = new App();
const disposable = app.node.tryGetContext("keeping") === "dispose";
new StateStack(app, "MusterState", {
  description: "Muster: table, queues and bucket of the fleet",
  keeping: disposable ? "dispose" : "keep",
});
