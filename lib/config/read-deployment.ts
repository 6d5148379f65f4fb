/** Reads the configuration file and what `-c` says. Synthesis fails with an error that names the file, the key and the fix. */
import { existsSync, readFileSync } from "node:fs";
import { checkedDeployment } from "./check-deployment.ts";
import { type Deployment, deploymentFile, resolveDeployment } from "./deployment.ts";

/** Where the file is unless `-c config=PATH` says otherwise. */
export const CONFIG_FILE = "muster.config.json";

/** What `-c key=value` may set, each as the file would. */
export type Overrides = Readonly<Record<"config" | "name" | "profile" | "keeping", string | undefined>>;

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new Error(`${path} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The deployment that a file describes; without a file everything is default. Throws when a key is unknown or wrong. */
export function readDeployment({ config, ...overrides }: Overrides): Deployment {
  const path = config ?? CONFIG_FILE;
  if (config !== undefined && !existsSync(config)) throw new Error(`${config}: no such file; check -c config=PATH`);
  const given = existsSync(path) ? parseJson(path) : {};
  const set = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const parsed = deploymentFile.safeParse(isObject(given) ? { ...given, ...set } : given);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path: at, message }) => `  ${at.join(".") || "the file"}: ${message}`);
    throw new Error(`${path}:\n${wrong.join("\n")}`);
  }
  try {
    return checkedDeployment(resolveDeployment(parsed.data));
  } catch (cause) {
    throw new Error(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
