/** What `doctor` found. */
import type { Style } from "../terminal/style.ts";

/** `warn` works now and may not later; `skipped` could not be looked at. Only `wrong` fails the command. */
export type Finding = {
  readonly check: string;
  readonly level: "ok" | "warn" | "wrong" | "skipped";
  readonly says: string;
  readonly mend?: string;
};

/** Findings by their level; whatever is not well says how to mend it. */
export const ok = (check: string, says: string): Finding => ({ check, level: "ok", says });
export const skipped = (check: string, says: string): Finding => ({ check, level: "skipped", says });
export const warn = (check: string, says: string, mend: string): Finding => ({ check, level: "warn", says, mend });
export const wrong = (check: string, says: string, mend: string): Finding => ({ check, level: "wrong", says, mend });

const tones = { ok: "good", warn: "busy", wrong: "bad", skipped: "quiet" } as const;

/** One line, and the mend under it. */
export function findingText(finding: Finding, style: Style): string {
  const line = `${style(tones[finding.level], finding.level.padEnd(7))} ${finding.check.padEnd(12)} ${finding.says}`;
  return finding.mend === undefined ? line : `${line}\n        ${style("strong", "fix:")} ${finding.mend}`;
}
