/** Options of `muster plan`, checked. */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { plannerBounds } from "../../planner/bounds.ts";
import { type FleetPlan, fleetFile, planFleet } from "../../planner/fleet.ts";
import { comparedPolicies, type PlanRequest } from "../../planner/plan.ts";
import { type PatternName, patterns, patternWeeks } from "../../planner/traffic/patterns.ts";
import { readTraffic } from "../../planner/traffic/read-traffic.ts";
import type { Traffic } from "../../planner/traffic/traffic.ts";
import type { CliContext } from "../context.ts";
import { UsageFailure } from "../failure.ts";
import { parseOption } from "../parse-option.ts";
import { parseDuration } from "../terminal/units.ts";

/** As commander hands them over. */
export type PlanOptions = {
  readonly traffic: string;
  readonly policy: string;
  readonly peak?: string;
  readonly seed: string;
  readonly profile?: string;
  readonly fleet?: string;
  readonly modelRate?: string;
  readonly calls?: string;
  readonly drought?: string;
  readonly controllerDown?: string;
  readonly kick: boolean;
  readonly out?: string;
};

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  context.addIssue({ code: "custom", message: "a time such as 30m" });
  return z.NEVER;
});

const numbers = z.object({
  policy: z
    .string()
    .transform((text) => text.split(",").map((name) => name.trim()))
    .pipe(z.array(z.enum(comparedPolicies)).min(1)),
  peak: z.coerce.number().int().positive().max(plannerBounds.peakMax).optional(),
  seed: z.coerce.number().int().nonnegative(),
  "model-rate": z.coerce.number().positive().optional(),
  calls: z.coerce.number().positive().optional(),
  drought: duration.optional(),
  "controller-down": duration.optional(),
});

function textOf(path: string, flag: string): string {
  try {
    const { size } = statSync(path);
    if (size > plannerBounds.trafficBytes) throw new Error(`${size} bytes, at most ${plannerBounds.trafficBytes}`);
    return readFileSync(path, "utf8");
  } catch (cause) {
    const names = flag === "--traffic" ? `a file, or one of ${Object.keys(patterns).join(", ")}` : "a JSON file";
    throw new UsageFailure(`${flag}: ${cause instanceof Error ? cause.message : String(cause)}`, `give ${names}`);
  }
}

const isPattern = (name: string): name is PatternName => Object.hasOwn(patterns, name);

function trafficOf(
  { cwd }: CliContext,
  name: string,
  { peak, seed }: { readonly peak: number | undefined; readonly seed: number },
): { readonly traffic: Traffic; readonly earlier: Traffic | undefined } {
  if (isPattern(name)) return patternWeeks(name, peak ?? patterns[name].peak, seed);
  if (peak !== undefined) throw new UsageFailure("--peak: a file's peak is its own", "leave --peak out");
  const read = readTraffic(name, textOf(resolve(cwd, name), "--traffic"));
  if (read.kind === "wrong")
    throw new UsageFailure(read.what.join("\n"), "docs/capacity-planning.md says what a line holds");
  return { traffic: read.traffic, earlier: undefined };
}

/** The profile: that of `--profile`, else of the file, else the one that is meant for the traffic. */
function fleetOf({ cwd }: CliContext, { fleet, profile, traffic }: PlanOptions): FleetPlan {
  const usual = isPattern(traffic) ? patterns[traffic].profile : "surge";
  const text = fleet === undefined ? "{}" : textOf(resolve(cwd, fleet), "--fleet");
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw new UsageFailure(`--fleet: ${cause instanceof Error ? cause.message : String(cause)}`, "give a JSON file");
  }
  const object = parseOption(z.object({ fleet: z.record(z.string(), z.unknown()) }), { fleet: given }).fleet;
  const named = { profile: usual, ...object, ...(profile === undefined ? {} : { profile }) };
  return planFleet(parseOption(z.object({ fleet: fleetFile }), { fleet: named }).fleet);
}

/** The request. Throws `UsageFailure` that names the option, or the file's line and field. */
export function readRequest(context: CliContext, options: PlanOptions): PlanRequest {
  const { policy, peak, seed, calls, drought, ...given } = parseOption(numbers, {
    ...options,
    "model-rate": options.modelRate,
    "controller-down": options.controllerDown,
  });
  const plan = fleetOf(context, options);
  const { traffic, earlier } = trafficOf(context, options.traffic, { peak, seed });
  return {
    traffic,
    earlier,
    plan,
    policies: policy,
    seed,
    callsPerMinute: given["model-rate"],
    callsPerRunMinute: calls ?? traffic.callsPerRunMinute ?? plan.policy.callsPerRunMinute,
    kick: options.kick,
    droughtMs: drought ?? 0,
    downMs: given["controller-down"] ?? 0,
  };
}
