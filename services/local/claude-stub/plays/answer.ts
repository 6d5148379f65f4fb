/** The last turn of a run without tools, or after them: a summary of what was given, as prose or by a schema. */
import type { Draft } from "../play.ts";
import type { MessagesRequest } from "../request.ts";
import { materialFrom, subjectOf } from "./material.ts";
import { instanceOf } from "./schema.ts";
import type { Transcript } from "./transcript.ts";

/** Most tool results that an answer is made of. */
const MAX_RESULTS = 8;

/** Answers from the tool results if there are any, else from the user's text. */
export function answerDraft(request: MessagesRequest, transcript: Transcript): Draft {
  const results = transcript.calls.filter((call) => !call.isError && call.result.trim() !== "").slice(-MAX_RESULTS);
  const subject = results.length > 0 ? results.map((call) => call.result).join("\n") : subjectOf(transcript.question);
  const wanted = /\b(?:at most|in|exactly)\s+(\d+)\s+sentences?\b/i.exec(transcript.question)?.[1];
  const material = materialFrom(subject, [], wanted === undefined ? {} : { sentences: Number(wanted) });
  const schema = request.outputSchema;
  const text = schema === undefined ? material.main : JSON.stringify(instanceOf(schema, material));
  return { parts: [{ kind: "text", text: text === "" ? "Done." : text }] };
}
