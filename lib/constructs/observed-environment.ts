/** The part of every entry's environment that says who hears its events. */
import type { AwsEnv, apiEnv, EnvOf } from "../../services/contract/env.ts";
import type { Deployment } from "../config/deployment.ts";

type Variable = Extract<
  keyof AwsEnv,
  "MUSTER_INSTALLATION" | "OTEL_EXPORTER_OTLP_ENDPOINT" | "OTEL_TRACES_SAMPLER_ARG"
>;

/** Metrics under the installation's name; traces where the configuration names a collector. Headers with keys are no part of it. */
export function observedEnvironment({
  name,
  tracing,
}: Deployment): Readonly<Record<string, string>> & Partial<Pick<EnvOf<typeof apiEnv>, Variable>> {
  return {
    MUSTER_INSTALLATION: name,
    ...(tracing === undefined
      ? {}
      : { OTEL_EXPORTER_OTLP_ENDPOINT: tracing.endpoint, OTEL_TRACES_SAMPLER_ARG: String(tracing.share) }),
  };
}
