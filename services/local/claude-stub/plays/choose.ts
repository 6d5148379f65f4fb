/** Which play answers a request. */
import type { Draft } from "../play.ts";
import type { MessagesRequest } from "../request.ts";
import { answerDraft } from "./answer.ts";
import { genericDraft } from "./generic.ts";
import { rehearsalDraft, rehearsalOf } from "./rehearsal.ts";
import { isResearch, researchDraft } from "./research.ts";
import { transcriptOf } from "./transcript.ts";

/**
 * Chooses a play by what the request offers: a rehearsal's marker, the tools of research, other tools, or none.
 * Depends on nothing but the request, so any worker can resume a run at any turn.
 */
export function draftFor(request: MessagesRequest): Draft {
  const rehearsal = rehearsalOf(request);
  if (rehearsal !== undefined) return rehearsalDraft(rehearsal, request);
  const transcript = transcriptOf(request);
  if (request.tools.length > 0) {
    const forced = request.toolChoice.kind === "tool" || request.toolChoice.kind === "any";
    if (isResearch(request) && !forced) return researchDraft(request, transcript);
    const draft = genericDraft(request, transcript);
    if (draft !== undefined) return draft;
  }
  return answerDraft(request, transcript);
}
