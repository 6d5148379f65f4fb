/** Bundles entries of `services` for Node 24: what is deployed, and what tests start. Needs no Docker. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));
const services = join(root, "services");

/** Some packages call `require`, which a module of the ES kind does not have. */
const REQUIRE = `import{createRequire as muster_require}from"node:module";const require=muster_require(import.meta.url);`;

/** What to bundle: an entry, a path below `services`, whether it runs agents, and the folder for the result. */
export type BundleOptions = {
  readonly entries: readonly string[];
  readonly agents: boolean;
  readonly outdir: string;
};

/** Made by this process, by what was asked for: many functions and many apps of a test share a bundle. */
const made = new Map<string, Bundle>();

/** As `bundle`, in a folder of its own below the system's for temporary files; made once a process. */
export function bundleOnce(options: Omit<BundleOptions, "outdir">): Bundle {
  const key = JSON.stringify(options);
  const known = made.get(key) ?? bundle({ ...options, outdir: mkdtempSync(join(tmpdir(), "muster-bundle-")) });
  made.set(key, known);
  return known;
}

/** Sizes of the files of a bundle, in bytes, by path. */
export type Bundle = { readonly outdir: string; readonly bytes: Readonly<Record<string, number>> };

const agentFiles = (): string[] =>
  readdirSync(join(services, "agents"), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(services, "agents", entry.name));

/**
 * Writes `outdir` anew: each entry under its path with the ending `.mjs`, each agent as a file of its own where the entry
 * looks for it, and what they share in chunks. Everything is inside, the SDK clients too. Throws when a source does not
 * bundle.
 */
export function bundle({ entries, agents, outdir }: BundleOptions): Bundle {
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const { metafile } = buildSync({
    entryPoints: [...entries.map((entry) => join(services, entry)), ...(agents ? agentFiles() : [])],
    outbase: services,
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    minify: true,
    sourcemap: false,
    format: "esm",
    platform: "node",
    target: "node24",
    banner: { js: REQUIRE },
    metafile: true,
    absWorkingDir: root,
    logLevel: "silent",
  });
  const bytes = Object.fromEntries(Object.entries(metafile.outputs).map(([path, output]) => [path, output.bytes]));
  return { outdir, bytes };
}
