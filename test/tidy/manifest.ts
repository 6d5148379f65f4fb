/** package.json and the licence. */
import { z } from "zod";
import type { House } from "./house.ts";
import { importsOf } from "./imports.ts";
import type { Finding, Rule } from "./rule.ts";

const versions = z.record(z.string(), z.string()).default({});
const manifest = z.object({
  license: z.string().optional(),
  scripts: versions,
  dependencies: versions,
  devDependencies: versions,
});

const PATH = "package.json";
/** Used without an import or a script: the runtime itself, types, and what other tools look for. */
const USED_BY_TOOLS = new Set(["node", "@types/node", "typescript", "@biomejs/biome", "vitest", "esbuild", "aws-cdk"]);

function read({ files }: House) {
  const file = files.find(({ path }) => path === PATH);
  if (file === undefined) return undefined;
  const line = (name: string): number => file.lines.findIndex((text) => text.includes(`"${name}"`)) + 1;
  return { ...manifest.parse(JSON.parse(file.text)), line };
}

const at = (line: number, what: string): Finding => ({ path: PATH, line: Math.max(1, line), what });

function unused(house: House): Finding[] {
  const found = read(house);
  if (found === undefined) return [];
  const imported = new Set(
    house.sources.flatMap(importsOf).map(({ name }) =>
      name
        .split("/")
        .slice(0, name.startsWith("@") ? 2 : 1)
        .join("/"),
    ),
  );
  return Object.keys({ ...found.dependencies, ...found.devDependencies })
    .filter((name) => !imported.has(name) && !USED_BY_TOOLS.has(name))
    .map((name) => at(found.line(name), `${name} is imported nowhere`));
}

const pack = (fields: object): string => JSON.stringify({ license: "Apache-2.0", ...fields });

export const manifestRules: readonly Rule[] = [
  {
    name: "versions are exact",
    reason: "an installation must be the same next year as today",
    instead: "write the version without ^, ~ or a tag (npm install --save-exact)",
    check: (house) => {
      const found = read(house);
      return Object.entries({ ...found?.dependencies, ...found?.devDependencies })
        .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name, version]) => at(found?.line(name) ?? 1, `${name} ${version}`));
    },
    fires: [
      { [PATH]: pack({ dependencies: { zod: "^4.0.0" } }) },
      { [PATH]: pack({ devDependencies: { zod: "latest" } }) },
    ],
    passes: [{ [PATH]: pack({ dependencies: { zod: "4.0.0" }, devDependencies: { a: "1.0.0-alpha.1" } }) }],
  },
  {
    name: "every dependency is used",
    reason: "what is installed for nothing is still downloaded, audited and upgraded by everybody",
    instead: "take it out of package.json, or use it",
    check: unused,
    fires: [{ [PATH]: pack({ dependencies: { leftpad: "1.0.0" } }) }],
    passes: [
      { [PATH]: pack({ dependencies: { zod: "4.0.0", node: "24.0.0" } }), "services/a.ts": 'import { z } from "zod";' },
    ],
  },
  {
    name: "the licence is Apache-2.0, in package.json and in LICENSE",
    reason: "users read one or the other",
    instead: 'set "license": "Apache-2.0" and keep the text of the licence in LICENSE',
    check: (house) => {
      const found = read(house);
      if (found === undefined) return [];
      const text = house.files.find(({ path }) => path === "LICENSE")?.text ?? "";
      return [
        ...(found.license === "Apache-2.0" ? [] : [at(found.line("license"), `license ${found.license}`)]),
        ...(/Apache License\s+Version 2\.0/.test(text)
          ? []
          : [{ path: "LICENSE", line: 1, what: "not the Apache licence" }]),
      ];
    },
    fires: [{ [PATH]: pack({}) }, { [PATH]: pack({ license: "MIT" }), LICENSE: "Apache License\n Version 2.0" }],
    passes: [{ [PATH]: pack({}), LICENSE: "   Apache License\n   Version 2.0, January 2004" }],
  },
];
