/** Where a command's results go: lines for people, or one JSON object on the last line of stdout. */
import type { CliContext, GlobalOptions } from "../context.ts";
import { type Style, styleFor } from "./style.ts";

export type Output = {
  readonly json: boolean;
  readonly style: Style;
  /** A line for people; silent with `--json`. */
  say(text: string): void;
  /** The result; printed only with `--json`, once, as the last line. */
  result(value: object): void;
  /** A line on stderr, in both modes. */
  note(text: string): void;
};

export function outputFor(context: CliContext, options: GlobalOptions): Output {
  const json = options.json === true;
  return {
    json,
    style: styleFor(context.stdout, context.env),
    say: (text) => {
      if (!json) context.stdout.write(`${text}\n`);
    },
    result: (value) => {
      if (json) context.stdout.write(`${JSON.stringify(value)}\n`);
    },
    note: (text) => context.stderr.write(`${text}\n`),
  };
}
