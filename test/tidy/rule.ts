/** What a rule is: a check of the whole house, with its reason, what to do instead, and proof that it fires. */
import type { House } from "./house.ts";

/** A place where a rule is broken. `line` counts from 1. */
export type Finding = { readonly path: string; readonly line: number; readonly what: string };

/** Files by path: a small house to try a rule on. */
export type Fixture = Readonly<Record<string, string>>;

export type Rule = {
  readonly name: string;
  readonly reason: string;
  readonly instead: string;
  check(house: House): Finding[];
  /** Each of these breaks the rule; none of those does. */
  readonly fires: readonly Fixture[];
  readonly passes: readonly Fixture[];
};

/** What a person reads when a rule is broken: every place, then why, then what to do. */
export function report(rule: Rule, findings: readonly Finding[]): string {
  const places = findings.map(({ path, line, what }) => `  ${path}:${line}: ${what}`);
  return [`${rule.name}:`, ...places, `  why: ${rule.reason}`, `  instead: ${rule.instead}`].join("\n");
}
