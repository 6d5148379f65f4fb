/** A mock of what an instance and an ECS task are told: instance metadata (version 2), task metadata, the agent's protection. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type MetadataServer = Awaited<ReturnType<typeof metadataServer>>;

/** The task's name in ECS, unless a test says another. */
export const aTaskArn = "arn:aws:ecs:eu-west-1:123456789012:task/muster/1dc5c17a422b4dc39b493692019394c5";

/** Where its machine is. */
export const aZone = "eu-west-1b";

type Answer = { readonly status: number; readonly body: string };
const OK = 200;

/** Paths below `latest/meta-data/`. */
const paths = {
  spot: "spot/instance-action",
  rebalance: "events/recommendations/rebalance",
  lifecycle: "autoscaling/target-lifecycle-state",
  instance: "instance-id",
} as const;

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += part;
  return text;
}

/** Starts it on a free port of 127.0.0.1. Nothing is announced until a test says so. */
export async function metadataServer() {
  const documents = new Map<string, string>();
  const tokens = new Set<string>();
  const protections: unknown[] = [];
  const asked: string[] = [];
  const held = new Set<ServerResponse>();
  const set = { silent: false, hops: true, desiredStatus: "RUNNING", taskArn: aTaskArn, zone: aZone, tokensMade: 0 };
  let protection: Answer | undefined;

  function instance(request: IncomingMessage, path: string): Answer {
    if (path === "/latest/api/token") {
      const ttl = request.headers["x-aws-ec2-metadata-token-ttl-seconds"];
      if (request.method !== "PUT" || ttl === undefined) return { status: 405, body: "" };
      const token = `token-${++set.tokensMade}`;
      tokens.add(token);
      return { status: OK, body: token };
    }
    if (!tokens.has(String(request.headers["x-aws-ec2-metadata-token"]))) return { status: 401, body: "Unauthorized" };
    const body = documents.get(path.replace("/latest/meta-data/", ""));
    return body === undefined ? { status: 404, body: "not found" } : { status: OK, body };
  }

  async function agent(request: IncomingMessage): Promise<Answer> {
    const wish: unknown = JSON.parse(await bodyOf(request));
    protections.push(wish);
    if (protection !== undefined) return protection;
    const enabled = typeof wish === "object" && wish !== null && "ProtectionEnabled" in wish && wish.ProtectionEnabled;
    return { status: OK, body: JSON.stringify({ protection: { ProtectionEnabled: enabled, TaskArn: "arn:task" } }) };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    asked.push(`${request.method} ${path}`);
    // What a hop limit or a firewall does: the connection stands, and nothing ever comes back.
    if (set.silent || (!set.hops && path.startsWith("/latest/"))) {
      held.add(response);
      return;
    }
    const { status, body } = await (path === "/v4/me/task"
      ? {
          status: OK,
          body: JSON.stringify({
            TaskARN: set.taskArn,
            AvailabilityZone: set.zone,
            DesiredStatus: set.desiredStatus,
            KnownStatus: "RUNNING",
          }),
        }
      : path === "/task-protection/v1/state"
        ? agent(request)
        : instance(request, path));
    response.writeHead(status).end(body);
  }

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    /** What a container of ECS on EC2 finds in its environment. */
    env: {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
      ECS_CONTAINER_METADATA_URI_V4: `${url}/v4/me`,
      ECS_AGENT_URI: url,
    },
    /** Every request so far: method and path. */
    asked,
    /** Bodies of the calls for protection. */
    protections,
    spot: (atMs: number, action = "terminate") =>
      documents.set(paths.spot, JSON.stringify({ action, time: new Date(atMs).toISOString() })),
    rebalance: (atMs: number) =>
      documents.set(paths.rebalance, JSON.stringify({ noticeTime: new Date(atMs).toISOString() })),
    lifecycle: (state: string) => documents.set(paths.lifecycle, state),
    /** Any text at a path, well-formed or not. */
    say: (what: keyof typeof paths, body: string) => documents.set(paths[what], body),
    nameTask: (taskArn: string) => {
      set.taskArn = taskArn;
    },
    stopTask: () => {
      set.desiredStatus = "STOPPED";
    },
    /** Takes no token any more that was given before. */
    forgetTokens: () => tokens.clear(),
    tokensMade: () => set.tokensMade,
    isSilent: () => set.silent || !set.hops,
    /** As a hop limit does; `false` takes it away, and cuts what waited. */
    hideInstance: (hidden = true) => {
      set.hops = !hidden;
      if (!hidden) for (const response of held) response.destroy();
    },
    /** Answers nothing more; `false` cuts what waited and answers again. */
    fallSilent: (silent = true) => {
      set.silent = silent;
      if (!silent) for (const response of held) response.destroy();
    },
    answerProtection: (status: number, body: unknown) => {
      protection = { status, body: typeof body === "string" ? body : JSON.stringify(body) };
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
