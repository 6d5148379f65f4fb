/** A run's events as text, as they come. */
import type { StreamEvent } from "../../contract/stream.ts";
import type { Style } from "../terminal/style.ts";
import { duration, usd } from "../terminal/units.ts";

/** Characters of a tool's arguments or result that are shown, and of shown text by which a slid window is recognised. */
const TOOL_CHARS = 160;
const OVERLAP_CHARS = 200;

/**
 * What to print so that `text` stands where `shown` stands: the rest of it; undefined when `text` is another one. Live
 * text keeps only its last characters, so its beginning may be gone.
 */
export function continuation(shown: string, text: string): string | undefined {
  if (text.startsWith(shown)) return text.slice(shown.length);
  const tail = shown.slice(-OVERLAP_CHARS);
  const at = tail.length < OVERLAP_CHARS ? -1 : text.indexOf(tail);
  return at < 0 ? undefined : text.slice(at + tail.length);
}

/** One line of at most `TOOL_CHARS` characters. */
export function oneLine(value: unknown): string {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).replace(/\s+/g, " ").trim();
  return text.length <= TOOL_CHARS ? text : `${text.slice(0, TOOL_CHARS)}… (${text.length} characters)`;
}

type Data<N extends StreamEvent["event"]> = Extract<StreamEvent, { event: N }>["data"];

/** Text of a turn that is being shown, and the names of tools that were asked for. */
type Shown = { turn: number; text: string };

/** Turns events into text; what it gives is to be written as it is. Nothing for the end: the caller shows the run. */
export function makeTranscript(style: Style): (event: StreamEvent) => string {
  let shown: Shown = { turn: 0, text: "" };
  let tools = new Map<string, string>();
  // What tools answered is told with the turn that read it, when that turn's text may be on the screen already.
  let results = "";

  function show(turn: number, text: string): string {
    const fresh = turn !== shown.turn;
    const more = fresh ? text : continuation(shown.text, text);
    const broken = shown.text !== "" && !shown.text.endsWith("\n") && (fresh || more === undefined) ? "\n" : "";
    shown = { turn, text };
    return `${broken}${more ?? text}`;
  }

  function committed(data: Data<"turn.committed">): string {
    const before = shown.turn === data.turn && shown.text !== "" ? "" : takeResults();
    const text = show(data.turn, data.text);
    const breakLine = data.text === "" || data.text.endsWith("\n") ? "" : "\n";
    const after = takeResults();
    const tookMs = Date.parse(data.endedAt) - Date.parse(data.startedAt);
    const { outputTokens, inputTokens, cacheReadTokens } = data.usage;
    const facts = [
      data.model,
      duration(Math.max(0, tookMs)),
      `${inputTokens + cacheReadTokens} in, ${outputTokens} out`,
    ];
    const head = style("quiet", `[turn ${data.turn}: ${[...facts, usd(data.costMicroUsd)].join(", ")}]`);
    tools = new Map(data.toolCalls.map((call) => [call.id, call.name]));
    const calls = data.toolCalls.map((call) => `  ${style("busy", `→ ${call.name}`)} ${oneLine(call.input)}\n`);
    shown = { turn: data.turn, text: "" };
    const lifted =
      data.climb === undefined ? "" : `  ${style("busy", `↑ ${data.climb.to}`)} ${oneLine(data.climb.because)}\n`;
    return `${before}${text}${breakLine}${after}${head}\n${calls.join("")}${lifted}`;
  }

  function takeResults(): string {
    const taken = results;
    results = "";
    return taken;
  }

  function result(data: Data<"tool.result">): string {
    const name = tools.get(data.toolUseId) ?? data.toolUseId;
    return `  ${style(data.isError ? "bad" : "good", `← ${name}`)} ${oneLine(data.content)}\n`;
  }

  return (event) => {
    switch (event.event) {
      case "run.accepted":
        return style("quiet", `${event.data.id}: ${event.data.agent}, lane ${event.data.lane}\n`);
      case "tool.result":
        results += result(event.data);
        return "";
      case "turn.committed":
        return committed(event.data);
      case "live":
        return show(event.data.turn, event.data.text);
      case "run.ended":
        return `${takeResults()}\n`;
    }
  };
}
