#!/usr/bin/env node
/** The CDK app: the deployment that `muster.config.json` and `-c` describe. */
import { App } from "aws-cdk-lib";
import { addMuster } from "../lib/muster.ts";

addMuster(new App());
