/** The page about scaling has every setting of the policy and every reason. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import { because } from "../../services/contract/capacity-because.ts";
import { capacityPolicy, poolPolicy } from "../../services/contract/capacity-policy.ts";

const page = await readFile(new URL("../../docs/scaling.md", import.meta.url), "utf8");

const form = z.object({ properties: z.record(z.string(), z.unknown()) });

/** Names of all settings, those of groups as `group.name`. */
function settings(schema: unknown, prefix = ""): string[] {
  const parsed = form.safeParse(schema);
  if (!parsed.success) return [prefix];
  return Object.entries(parsed.data.properties).flatMap(([name, inner]) =>
    settings(inner, prefix === "" ? name : `${prefix}.${name}`),
  );
}

test("every setting", () => {
  const names = [
    ...settings(z.toJSONSchema(capacityPolicy, { io: "input" })).filter((name) => name !== "pools"),
    ...settings(z.toJSONSchema(poolPolicy)).map((name) => `pools.<pool>.${name}`),
  ];
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) expect(page).toContain(`\`${name}\``);
});

test("every reason, and no other", () => {
  const [, table = ""] = page.split("## Reasons");
  const listed = [...(table.split("## How")[0] ?? "").matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([a-z-]+)`/g)].map(([, kind]) => kind),
  );
  expect(listed.toSorted()).toEqual(because.options.map((option) => option.shape.kind.value).toSorted());
});
