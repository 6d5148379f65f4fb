/** Shows progress on stderr until it is stopped: a live bar on a terminal, a line every few seconds otherwise. */
import { cliLimits } from "../bounds.ts";
import type { CliContext } from "../context.ts";
import { CLEAR_LINE, styleFor } from "../terminal/style.ts";
import type { Progress } from "./progress.ts";
import { progressBar, progressText } from "./progress-line.ts";

/** Of a terminal that does not tell its width, or tells 0. */
const DEFAULT_COLUMNS = 80;

/** Starts showing; the function that it gives stops it and clears the bar. */
export function showProgress(context: CliContext, progress: () => Progress): () => Promise<void> {
  const { clock, stderr } = context;
  const style = styleFor(stderr, context.env);
  const done = new AbortController();
  const draw = () => {
    if (stderr.isTTY) stderr.write(`${CLEAR_LINE}${progressBar(progress(), stderr.columns || DEFAULT_COLUMNS, style)}`);
    else stderr.write(`${progressText(progress())}\n`);
  };
  const loop = async () => {
    const everyMs = stderr.isTTY ? cliLimits.barEveryMs : cliLimits.lineEveryMs;
    for (;;) {
      await clock.sleep(everyMs, done.signal);
      if (done.signal.aborted) return;
      draw();
    }
  };
  const shown = loop();
  return async () => {
    done.abort();
    await shown;
    if (stderr.isTTY) stderr.write(CLEAR_LINE);
  };
}
