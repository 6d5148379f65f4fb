import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { agentName } from "../../contract/ids.ts";
import { type Agent, freeze, isAgent } from "../../core/agent.ts";
import type { Agents } from "../../ports/agents.ts";

/** Sources, and what a bundle makes of them. */
const SUFFIX = /\.(ts|mjs)$/;

/** One file as an agent; `freeze` shows here, not at the first run, whether its schemas have a JSON form. */
async function load(directory: URL, file: string): Promise<readonly [string, Agent]> {
  const refuse = (why: string, cause?: unknown) =>
    new Error(`${fileURLToPath(new URL(file, directory))}: ${why}`, { cause });
  const name = agentName.safeParse(file.replace(SUFFIX, ""));
  if (!name.success) throw refuse("an agent is named after its file: lower-case letters, digits and dashes");
  const module: { readonly default?: unknown } = await import(new URL(file, directory).href).catch((cause: unknown) => {
    throw refuse("the file does not load", cause);
  });
  const agent = module.default;
  if (!isAgent(agent)) throw refuse("has no agent: write `export default defineAgent({ ... })`");
  try {
    freeze(name.data, agent);
  } catch (cause) {
    throw refuse("a schema of the agent or of one of its tools has no JSON form", cause);
  }
  return [name.data, agent];
}

/**
 * The agents of a folder: every file `*.ts` (in a bundle `*.mjs`) that lies in it (not in a folder below) and exports one by default. Throws,
 * naming the file, when one of them is not an agent.
 */
export async function discoverAgents(directory: URL): Promise<Agents> {
  const entries = await readdir(directory, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && SUFFIX.test(entry.name)).map((entry) => entry.name);
  return new Map(await Promise.all(files.sort().map((file) => load(directory, file))));
}
