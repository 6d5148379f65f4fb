/** Questions to the logs that are asked again and again, saved in Logs Insights. */
import { LogGroup, QueryDefinition, QueryString } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { type LogName, logNameOf } from "../config/names.ts";

type Asked = {
  readonly name: string;
  readonly logs: readonly LogName[];
  readonly query: ConstructorParameters<typeof QueryString>[0];
};

const everywhere: readonly LogName[] = ["api", "watch", "controller", "events", "worker"];
const NEWEST = "@timestamp desc";

/** Replace the part in capitals. Lines of runs have the run's id and tenant, a worker's lines its own id. */
export const savedQueries: readonly Asked[] = [
  {
    name: "story-of-a-run",
    logs: everywhere,
    query: {
      fields: ["@timestamp", "event", "workerId", "payload.reason", "payload.turn", "payload.because", "text"],
      filterStatements: ['payload.runId = "RUN_ID"'],
      sort: "@timestamp asc",
    },
  },
  {
    name: "failed-runs",
    logs: everywhere,
    query: {
      fields: ["@timestamp", "payload.runId", "payload.tenant", "payload.agent", "payload.state", "payload.reason"],
      filterStatements: ['event = "run.ended"', 'payload.state in ["FAILED", "TIMED_OUT", "DEAD"]'],
      sort: NEWEST,
      limit: 200,
    },
  },
  {
    name: "why-runs-fail",
    logs: everywhere,
    query: {
      filterStatements: ['event = "run.ended"', 'payload.state in ["FAILED", "TIMED_OUT", "DEAD"]'],
      statsStatements: ["count(*) as runs by payload.reason, payload.agent"],
      sort: "runs desc",
    },
  },
  {
    name: "runs-of-a-tenant",
    logs: everywhere,
    query: {
      fields: [
        "@timestamp",
        "payload.runId",
        "payload.agent",
        "payload.state",
        "payload.reason",
        "payload.costMicroUsd",
      ],
      filterStatements: ['event = "run.ended"', 'payload.tenant = "TENANT"'],
      sort: NEWEST,
      limit: 200,
    },
  },
  {
    name: "failures-of-the-model",
    logs: ["worker"],
    query: {
      filterStatements: ['event = "model.failed"'],
      statsStatements: ["count(*) as calls by bin(5m), payload.code"],
      sort: "bin(5m) desc",
    },
  },
  {
    name: "scaling-decisions",
    logs: ["controller"],
    query: {
      fields: [
        "@timestamp",
        "event",
        "payload.pool",
        "payload.from",
        "payload.to",
        "payload.because.0",
        "payload.because",
      ],
      filterStatements: ['event in ["fleet.scaled", "fleet.refused"]'],
      sort: NEWEST,
      limit: 100,
    },
  },
  {
    name: "why-workers-leave",
    logs: ["worker", "controller", "events"],
    query: {
      fields: ["@timestamp", "event", "workerId", "payload.workerId", "payload.source", "payload.because"],
      filterStatements: ['event in ["worker.notice", "worker.mode", "worker.buried", "fleet-event.told"]'],
      sort: NEWEST,
      limit: 200,
    },
  },
  {
    name: "trouble-with-the-store",
    logs: everywhere,
    query: {
      filterStatements: ['event = "store.failed"'],
      statsStatements: ["count(*) as failures by payload.operation, payload.message"],
      sort: "failures desc",
    },
  },
];

/** In the folder of the installation. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { installation }: { installation: string }) {
    super(scope, id);
    const group = (log: LogName) => LogGroup.fromLogGroupName(this, `Log-${log}`, logNameOf(installation, log));
    const groups = new Map(everywhere.map((log) => [log, group(log)]));
    for (const { name, logs, query } of savedQueries) {
      new QueryDefinition(this, name, {
        queryDefinitionName: `${installation}/${name}`,
        queryString: new QueryString(query),
        logGroups: logs.flatMap((log) => groups.get(log) ?? []),
      });
    }
  }
}
