/** How an installation is: its stacks, its API, its fleet. */
import type { FleetView } from "../../contract/http.ts";
import { type Client, makeClient } from "../client.ts";
import { apiKey, apiUrl } from "../connection.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { CliFailure, Interrupted } from "../failure.ts";
import { fleetText } from "../terminal/fleet-text.ts";
import type { Style } from "../terminal/style.ts";
import { findInstallation, type Installation } from "./installation.ts";

/** What was found. `fleet` is absent where no key was given, or it is a tenant's; `wrong` says what is not well. */
export type Status = {
  readonly url: string;
  readonly installation: Pick<Installation, "name" | "profile" | "stacks"> | undefined;
  readonly answers: boolean;
  readonly fleet: FleetView | undefined;
  readonly notes: readonly string[];
  readonly wrong: readonly string[];
};

const SETTLED = /^(CREATE|UPDATE)_COMPLETE$/;

/** Why it failed; Ctrl-C and defects stay what they are. */
function because(error: unknown): string {
  if (!(error instanceof CliFailure) || error instanceof Interrupted) throw error;
  return error.message;
}

async function look<T>(ask: () => Promise<T>): Promise<{ readonly value?: T; readonly why?: string }> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { why: because(error) };
  }
}

function keyOf(context: CliContext, options: GlobalOptions): string | undefined {
  try {
    return apiKey(context, options).value;
  } catch (error) {
    because(error);
    return undefined;
  }
}

/** Looks at the installation that is named, else at the API that the options and the surroundings name. Throws `CliFailure`. */
export async function lookAt(context: CliContext, options: GlobalOptions): Promise<Status> {
  const found = options.stack === undefined ? undefined : await findInstallation(context, options.stack);
  const url = found?.url ?? apiUrl(context, options).value;
  // The key in the data folder is the twin's, and opens nothing on AWS.
  const remote = found === undefined ? options : { ...options, data: options.data ?? "no-data-folder" };
  const key = keyOf(context, remote);
  const { clock, chance, signal } = context;
  const client: Client = makeClient({ url, key: key ?? "", clock, chance, signal, fetch });
  const health = await look(() => client.health());
  const fleet = key === undefined || health.why !== undefined ? {} : await look(() => client.fleet());
  const stacks = found?.stacks ?? [];
  return {
    url,
    installation: found && { name: found.name, profile: found.profile, stacks },
    answers: health.why === undefined,
    fleet: "value" in fleet ? fleet.value : undefined,
    notes: [
      ...(key === undefined ? ["no key was given: --key or MUSTER_API_KEY shows the fleet"] : []),
      ...("why" in fleet && fleet.why !== undefined ? [`the fleet is not shown: ${fleet.why}`] : []),
    ],
    wrong: [
      ...stacks.filter(({ status }) => !SETTLED.test(status)).map(({ name, status }) => `stack ${name} is ${status}`),
      ...(health.why === undefined ? [] : [`the API does not answer: ${health.why}`]),
    ],
  };
}

/** For people. */
export function statusText(
  { url, installation, answers, fleet, notes, wrong }: Status,
  style: Style,
  nowMs: number,
): string {
  const stacks = (installation?.stacks ?? []).map(
    ({ name, status }) => `  ${name.padEnd(24)} ${style(SETTLED.test(status) ? "good" : "bad", status)}`,
  );
  return [
    ...(installation === undefined
      ? []
      : [`installation ${installation.name}, profile ${installation.profile}`, ...stacks]),
    `${url} ${answers ? style("good", "answers") : style("bad", "does not answer")}`,
    ...(fleet === undefined ? [] : ["", fleetText(fleet, nowMs)]),
    ...notes.map((note) => style("quiet", note)),
    ...wrong.map((what) => style("bad", what)),
  ].join("\n");
}
