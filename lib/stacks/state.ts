/** What must outlive every deployment: table, queues and bucket. Stacks that compute stand on it and may come and go. */
import { Stack, type StackProps } from "aws-cdk-lib";
import type { IGrantable } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import type { Names } from "../config/names.ts";
import { DocumentBucket } from "../constructs/document-bucket.ts";
import type { EnvPart } from "../constructs/environment.ts";
import type { Keeping } from "../constructs/keeping.ts";
import { RunTable } from "../constructs/run-table.ts";
import { WakeQueues } from "../constructs/wake-queues.ts";

/** Settings of the state; what it holds is kept unless said otherwise. */
export type StateStackProps = StackProps & { readonly names: Names; readonly keeping?: Keeping };

type StateVariable = keyof RunTable["env"] | keyof WakeQueues["env"] | keyof DocumentBucket["env"];

/** The state, with the environment and the grants that entries need of it. */
export class StateStack extends Stack {
  readonly table: RunTable;
  readonly queues: WakeQueues;
  readonly bucket: DocumentBucket;

  constructor(scope: Construct, id: string, { names, keeping = "keep", ...props }: StateStackProps) {
    super(scope, id, { terminationProtection: keeping === "keep", ...props });
    this.table = new RunTable(this, "RunTable", { name: names.table, keeping });
    this.queues = new WakeQueues(this, "WakeQueues", names.queues);
    this.bucket = new DocumentBucket(this, "DocumentBucket", { name: names.bucket, keeping });
  }

  /** The part of every entry's environment that says where the state is. */
  get stateEnv(): EnvPart<StateVariable> {
    return { ...this.table.env, ...this.queues.env, ...this.bucket.env };
  }

  /** Lets an entry use the table and the bucket. Queues are granted by what the entry does with them. */
  grantUse(grantee: IGrantable): void {
    this.table.grantUse(grantee);
    this.bucket.grantUse(grantee);
  }
}
