/** A failure as a person reads it, and as a script does. */
import type { Problem } from "../../contract/http.ts";
import { type CliFailure, Refusal } from "../failure.ts";
import type { Style } from "./style.ts";

/** Message, wrong fields with their mends, and what to do. */
export function failureText(failure: CliFailure, style: Style): string {
  const lines = [`${style("bad", "muster:")} ${failure.message}`];
  if (failure instanceof Refusal) {
    const { errors = [], status, code } = failure.problem;
    for (const error of errors) lines.push(`  ${style("strong", error.field)}: ${error.message}`);
    lines.push(style("quiet", `  (${failure.problem.title}, HTTP ${status}, ${code})`));
  }
  const fix = failure.fix ?? (failure instanceof Refusal ? fixOf(failure.problem) : undefined);
  if (fix !== undefined) lines.push(`${style("strong", "fix:")} ${fix}`);
  return lines.join("\n");
}

/** The same as one object. */
export function failureJson(failure: CliFailure): object {
  const { code, message, fix } = failure;
  return {
    ...failure.result,
    error: { code, message, ...(fix === undefined ? {} : { fix }), ...problemPart(failure) },
  };
}

const problemPart = (failure: CliFailure): object =>
  failure instanceof Refusal ? { status: failure.problem.status, errors: failure.problem.errors ?? [] } : {};

/** What helps against a refusal whatever its text; undefined when its own text says enough. */
function fixOf({ status, code }: Problem): string | undefined {
  if (code === "unknown-agent") return "npx muster agents lists them";
  if (code === "invalid-input") return "npx muster agents NAME shows what the agent takes";
  if (code === "key-not-found") return "npx muster keys list shows them";
  if (status === 401)
    return "give a key that this API knows (--key, MUSTER_API_KEY); npx muster doctor says which is used";
  if (status === 403) return "this needs a key with the role operator";
  if (status === 429 || status >= 500)
    return "the API is busy or broken; run the command again, npx muster doctor may say why";
  return undefined;
}
