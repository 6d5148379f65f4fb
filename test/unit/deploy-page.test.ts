/** The page about deployment says what the code says: quotas of each profile, and every key of the configuration. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { deploymentFile } from "../../lib/config/deployment.ts";
import { type ProfileName, poolKeys, profiles } from "../../services/contract/profiles.ts";
import { poolQuotas } from "../../services/contract/quotas.ts";
import { quotaNeeds } from "../../services/core/quota-needs.ts";

const page = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("|"))
  .map((line) => line.split("|").map((cell) => cell.trim()));

test.each(poolKeys)("the quota of %s for each profile", (key) => {
  const { code } = poolQuotas[key];
  const row = rows.find((cells) => cells[1]?.includes(code));
  const names: readonly ProfileName[] = ["trial", "small", "standard", "large", "surge"];
  const needs = names.map((name) => quotaNeeds(profiles[name].pools).find((need) => need.code === code)?.need);
  expect(row?.slice(2, -1).map(Number)).toEqual(needs);
});

test("every key of the configuration file", () => {
  const keys = Object.keys(deploymentFile.shape).filter((key) => !["$schema", "pools"].includes(key));
  const named = new Set(rows.map((cells) => cells[1]));
  for (const key of keys) expect(named, key).toContain(`\`${key}\``);
});
