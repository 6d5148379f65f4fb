/** Results of tools as the model gets them: whole, or a head and a tail with the whole text stored. */
import { z } from "zod";
import { digest } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import type { AgentSpec } from "../core/agent.ts";
import { canonicalJson, sha256 } from "../core/digest.ts";
import { pageOf, readMoreInput, SHORTENED_LEAST_BYTES, shortened } from "../core/read-more.ts";
import type { WorkerDeps } from "./deps.ts";

/** A stored result names its tenant: a key alone opens nothing. */
const stored = z.object({ tenant: z.string(), result: z.string() });

type Store = Pick<WorkerDeps, "contents" | "clock">;
type Owner = Pick<RunHead, "tenant">;

/** Cuts a result to its share of the turn's cap, so that the reservation of the next call holds. */
function capped(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const note = "\n[cut: the result was longer than this agent may read at once]";
  const room = Math.max(0, bytes - note.length);
  return new TextDecoder().decode(Buffer.from(text).subarray(0, room)).replace(/\uFFFD+$/, "") + note;
}

/**
 * The text that goes into the conversation, at most `share` bytes. A long one is stored under a key that follows from tenant and
 * text, so that a replay of a pure tool gives the same bytes; agents without `read_more` get it cut.
 */
export async function resultText(
  { contents, clock }: Store,
  { tenant }: Owner,
  { text, spec, share }: { text: string; spec: Pick<AgentSpec, "wholeResultBytes">; share: number },
): Promise<string> {
  const whole = Math.min(spec.wholeResultBytes ?? Number.POSITIVE_INFINITY, share);
  if (Buffer.byteLength(text) <= whole) return text;
  const bytes = Math.min(limits.shownResultBytes, whole);
  if (spec.wholeResultBytes === undefined || bytes < SHORTENED_LEAST_BYTES) return capped(text, share);
  const kept = canonicalJson({ tenant, result: text });
  const key = sha256(kept);
  await contents.put([{ digest: key, text: kept }], clock.nowMs());
  return shortened(text, { key, bytes });
}

/** A page of a stored result of the same tenant. Throws, for the model to read, when there is none or the arguments are wrong. */
export async function readMore(
  { contents }: Store,
  { tenant }: Owner,
  { args, bytes }: { args: unknown; bytes: number },
): Promise<string> {
  const { key, offset } = readMoreInput.parse(args);
  const hash = digest.safeParse(key);
  const text = hash.success ? await contents.get(hash.data) : undefined;
  const found = text === undefined ? undefined : stored.safeParse(parsed(text));
  if (!found?.success || found.data.tenant !== tenant) throw new Error(`there is no stored result with the key ${key}`);
  return pageOf(found.data.result, offset, bytes);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
