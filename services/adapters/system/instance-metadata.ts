import { limits } from "../../contract/limits.ts";
import type { Clock } from "../../ports/clock.ts";
import type { HttpAnswer, TimedHttp } from "./timed-http.ts";

/**
 * What the metadata service says at a path; `unseen` while it never answered, and was asked often: not there (yet), or out of
 * reach.
 */
export type MetadataAnswer =
  | { readonly kind: "found"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "failed" | "unseen"; readonly because: string };

/** EC2 instance metadata, version 2. Its sources share one token. */
export interface InstanceMetadata {
  get(path: string, signal: AbortSignal): Promise<MetadataAnswer>;
}

/** Where EC2 puts it. */
export const INSTANCE_METADATA = "http://169.254.169.254";

type Token = { readonly kind: "token"; readonly text: string; readonly untilMs: number };
type Options = { readonly endpoint?: string | undefined; readonly http: TimedHttp; readonly clock: Clock };

const said = (answer: HttpAnswer): string => (answer.kind === "failed" ? answer.because : `status ${answer.status}`);

/** A client over HTTP. A token is renewed at half of its life, and at once when the service does not take it any more. */
export function instanceMetadata({ endpoint = INSTANCE_METADATA, http, clock }: Options): InstanceMetadata {
  const base = endpoint.replace(/\/+$/, "");
  const timeoutMs = limits.metadataCallMs;
  let token: Token | undefined;
  let asking: Promise<Token | HttpAnswer> | undefined;
  let isThere = false;
  let refusals = 0;

  const askToken = async (): Promise<Token | HttpAnswer> => {
    const headers = { "x-aws-ec2-metadata-token-ttl-seconds": String(limits.metadataTokenMs / 1_000) };
    const answer = await http({ method: "PUT", url: `${base}/latest/api/token`, headers, timeoutMs });
    if (answer.kind === "failed" || answer.status !== 200) {
      refusals++;
      return answer;
    }
    isThere = true;
    return { kind: "token", text: answer.text.trim(), untilMs: clock.monotonicMs() + limits.metadataTokenMs / 2 };
  };
  const freshToken = async (): Promise<Token | HttpAnswer> => {
    if (token !== undefined && clock.monotonicMs() < token.untilMs) return token;
    asking ??= askToken().finally(() => {
      asking = undefined;
    });
    const got = await asking;
    token = got.kind === "token" ? got : undefined;
    return got;
  };
  const missed = (because: string): MetadataAnswer => {
    return { kind: !isThere && refusals >= limits.metadataTriesMax ? "unseen" : "failed", because };
  };

  async function get(path: string, signal: AbortSignal, again: boolean): Promise<MetadataAnswer> {
    const got = await freshToken();
    if (got.kind !== "token") return missed(`no token: ${said(got)}`);
    const headers = { "x-aws-ec2-metadata-token": got.text };
    const answer = await http({ method: "GET", url: `${base}/latest/meta-data/${path}`, headers, timeoutMs }, signal);
    if (answer.kind === "answered" && answer.status === 401 && !again) {
      if (token === got) token = undefined;
      return get(path, signal, true);
    }
    if (answer.kind === "failed" || (answer.status !== 200 && answer.status !== 404)) return missed(said(answer));
    return answer.status === 404 ? { kind: "absent" } : { kind: "found", text: answer.text };
  }
  return { get: (path, signal) => get(path, signal, false) };
}
