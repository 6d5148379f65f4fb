/**
 * Stands before an endpoint that has Auto Scaling and ECS but not LaunchInstances, and that breaks where an instance of no group is
 * to end: passes everything on, answers these two as AWS documents its answers, and can meet trouble.
 */
import { createServer, type IncomingMessage } from "node:http";
import {
  type AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  SetDesiredCapacityCommand,
} from "@aws-sdk/client-auto-scaling";

export type LaunchTrouble = "no-capacity" | "partial" | "quota" | "throttled" | "unseen" | undefined;

type Ends = { readonly autoScaling: string; readonly ecs: string; readonly groups: AutoScalingClient };
type Answer = { readonly status: number; readonly body: string };

const refusal = (code: string, message = "no"): Answer => ({
  status: 400,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

function launched(asked: URLSearchParams, ids: readonly string[], code?: string): Answer {
  const subnet = asked.get("SubnetIds.member.1") ?? "";
  const members = ids.map((id) => `<member>${id}</member>`).join("");
  const some = `<member><SubnetId>${subnet}</SubnetId><InstanceIds>${members}</InstanceIds></member>`;
  const error = `<member><SubnetId>${subnet}</SubnetId><ErrorCode>${code}</ErrorCode><ErrorMessage>no</ErrorMessage></member>`;
  const result = `<Instances>${ids.length === 0 ? "" : some}</Instances><Errors>${code === undefined ? "" : error}</Errors>`;
  return {
    status: 200,
    body: `<LaunchInstancesResponse><LaunchInstancesResult>${result}</LaunchInstancesResult></LaunchInstancesResponse>`,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}

/** One more machine in the group, by the means that the endpoint has. */
async function grow(groups: AutoScalingClient, name: string): Promise<string[]> {
  const read = async () => {
    const asked = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
    return (await groups.send(asked)).AutoScalingGroups?.[0]?.Instances?.map(({ InstanceId = "" }) => InstanceId) ?? [];
  };
  const before = await read();
  await groups.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity: before.length + 1 }));
  return (await read()).filter((id) => !before.includes(id));
}

/** Starts on a free port of this machine. `launches` are the requests for LaunchInstances, as they came over the wire. */
export async function launchRelay({ autoScaling, ecs, groups }: Ends) {
  const launches: URLSearchParams[] = [];
  const state = { trouble: undefined as LaunchTrouble, left: 0 };

  async function launch(asked: URLSearchParams): Promise<Answer> {
    launches.push(asked);
    if (state.trouble === undefined) return refusal("InvalidAction");
    if (state.trouble === "throttled") return refusal("Throttling");
    if (state.trouble === "quota") return launched(asked, [], "VcpuLimitExceeded");
    const ids = state.left-- > 0 ? await grow(groups, asked.get("AutoScalingGroupName") ?? "") : [];
    return launched(asked, ids, ids.length === 0 ? "InsufficientInstanceCapacity" : undefined);
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const text = await textOf(request);
    const { host, "content-length": _, connection, ...headers } = request.headers;
    const isQuery = /form-urlencoded/.test(headers["content-type"] ?? "");
    const asked = new URLSearchParams(isQuery ? text : "");
    if (asked.get("Action") === "LaunchInstances") return launch(asked);
    if (isQuery && state.trouble === "unseen") return refusal("AccessDenied");
    const given = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const passed = await fetch(isQuery ? autoScaling : ecs, {
      method: "POST",
      headers: given,
      body: text,
    });
    if (passed.status === 500 && asked.get("Action") === "TerminateInstanceInAutoScalingGroup")
      return refusal(
        "ValidationError",
        `Instance Id not found - No managed instance found for ${asked.get("InstanceId")}`,
      );
    return { status: passed.status, body: await passed.text() };
  }

  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, body }) => response.writeHead(status).end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    launches,
    trouble: (kind: LaunchTrouble) => {
      state.trouble = kind;
      state.left = kind === "partial" ? 1 : 0;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
