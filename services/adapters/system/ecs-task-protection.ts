import { z } from "zod";
import { limits } from "../../contract/limits.ts";
import type { ProtectionOutcome, TaskProtection } from "../../ports/task-protection.ts";
import { parseJson } from "./parse-json.ts";
import type { TimedHttp } from "./timed-http.ts";

/** The agent answers with the protection, a failure of the task, or an error of the call; with or without a bad status. */
const reply = z.union([
  z.object({ failure: z.object({ Reason: z.string(), Detail: z.string().optional() }) }),
  z.object({ error: z.object({ Code: z.string(), Message: z.string().optional() }) }),
  z.object({ protection: z.object({ ProtectionEnabled: z.boolean() }) }),
]);

/** A task that is not of a service has no scale-in to be protected from. */
const NEVER = new Set(["TASK_NOT_VALID"]);

function outcomeOf(status: number, text: string, wanted: boolean): ProtectionOutcome {
  const parsed = reply.safeParse(parseJson(text));
  if (!parsed.success) return { kind: "failed", because: `status ${status}, not as documented` };
  const said = parsed.data;
  if ("failure" in said) {
    const because = `${said.failure.Reason}: ${said.failure.Detail ?? ""}`.slice(0, limits.detailChars);
    if (said.failure.Reason === "DEPLOYMENT_BLOCKED") return { kind: "blocked", because };
    return { kind: NEVER.has(said.failure.Reason) ? "refused" : "failed", because };
  }
  if ("error" in said) {
    const because = `${said.error.Code}: ${said.error.Message ?? ""}`.slice(0, limits.detailChars);
    return { kind: "failed", because };
  }
  if (said.protection.ProtectionEnabled !== wanted) return { kind: "failed", because: "the agent says the opposite" };
  return { kind: "done" };
}

/** Task scale-in protection over the ECS agent's own endpoint (`ECS_AGENT_URI`), which signs with the task's role. */
export function ecsTaskProtection({ agentUri, http }: { agentUri: string; http: TimedHttp }): TaskProtection {
  const url = `${agentUri.replace(/\/+$/, "")}/task-protection/v1/state`;
  const set = async (enabled: boolean): Promise<ProtectionOutcome> => {
    const minutes = enabled ? { ExpiresInMinutes: limits.protectionMs / 60_000 } : {};
    const answer = await http({
      ...{ method: "PUT", url, timeoutMs: limits.protectionCallMs },
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ ProtectionEnabled: enabled, ...minutes }),
    });
    return answer.kind === "failed" ? answer : outcomeOf(answer.status, answer.text, enabled);
  };
  return { protect: () => set(true), release: () => set(false) };
}
