/** A folder for the length of a test run: what one file synthesised, the others read. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    readonly synthFolder: string;
  }
}

/** Called by the runner before all files; what it gives back is called after them. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "muster-synth-"));
  project.provide("synthFolder", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
