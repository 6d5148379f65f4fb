/** Where this worker runs, asked once at its start. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { WorkerEnv } from "../../contract/env.ts";
import { type Place, place } from "../../contract/fleet.ts";
import { limits } from "../../contract/limits.ts";
import { type Clock, OVER } from "../../ports/clock.ts";
import { hasInstance, type InstanceEnv } from "./has-instance.ts";
import { instanceMetadata } from "./instance-metadata.ts";
import { parseJson } from "./parse-json.ts";
import type { TimedHttp } from "./timed-http.ts";

/** The parts of a worker's environment that say where its place is written. */
export type PlaceEnv = InstanceEnv & Pick<WorkerEnv, "ECS_CONTAINER_METADATA_URI_V4" | "MUSTER_INSTANCE_FILE">;

/** What asking takes. */
export type PlaceParts = { readonly http: TimedHttp; readonly clock: Clock };

/** What the agent says of a task; each part alone may be missing or not as documented. */
const task = z.object({
  TaskARN: place.shape.taskArn.catch(undefined),
  AvailabilityZone: place.shape.zone.catch(undefined),
});

async function taskOf(uri: string, http: TimedHttp, signal: AbortSignal): Promise<Place> {
  const url = `${uri.replace(/\/+$/, "")}/task`;
  const answer = await http({ method: "GET", url, timeoutMs: limits.metadataCallMs }, signal);
  if (answer.kind === "failed" || answer.status !== 200) return {};
  const { TaskARN: taskArn, AvailabilityZone: zone } = task.safeParse(parseJson(answer.text)).data ?? {};
  return { ...(taskArn === undefined ? {} : { taskArn }), ...(zone === undefined ? {} : { zone }) };
}

/** The machine wrote its id for us where tasks cannot reach the metadata service. */
async function writtenInstanceId(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return place.shape.instanceId.safeParse(text.trim()).data;
}

async function instanceIdOf(env: PlaceEnv, parts: PlaceParts, signal: AbortSignal): Promise<string | undefined> {
  if (env.MUSTER_INSTANCE_FILE !== undefined) return writtenInstanceId(env.MUSTER_INSTANCE_FILE);
  const metadata = instanceMetadata({ endpoint: env.AWS_EC2_METADATA_SERVICE_ENDPOINT, ...parts });
  const answer = await metadata.get("instance-id", signal);
  return answer.kind === "found" ? place.shape.instanceId.safeParse(answer.text.trim()).data : undefined;
}

/**
 * The instance, the task and the zone that this process runs in, by instance metadata and ECS task metadata. Takes `placeMs` at most
 * and never throws: what is not known by then is left out, and undefined is nowhere (a laptop, which asks nobody).
 */
export async function readPlace(env: PlaceEnv, parts: PlaceParts): Promise<Place | undefined> {
  const over = new AbortController();
  const late = parts.clock.sleep(limits.placeMs, over.signal).then(() => undefined);
  const uri = env.ECS_CONTAINER_METADATA_URI_V4;
  const [instanceId, inTask] = await Promise.all([
    hasInstance(env) || env.MUSTER_INSTANCE_FILE !== undefined
      ? Promise.race([instanceIdOf(env, parts, over.signal), late])
      : undefined,
    uri === undefined ? undefined : Promise.race([taskOf(uri, parts.http, over.signal), late]),
  ]);
  over.abort(OVER);
  const found = { ...(instanceId === undefined ? {} : { instanceId }), ...inTask };
  return Object.keys(found).length === 0 ? undefined : found;
}
