/** The table of runs, workers, keys and limiters: the truth of the system. */
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { keyTypes, table } from "../../services/contract/tables.ts";
import { arnOf } from "../config/names.ts";
import type { EnvPart } from "./environment.ts";
import { type Keeping, removalOf } from "./keeping.ts";

const attribute = (name: keyof typeof keyTypes) => ({ name, type: AttributeType[typeNames[keyTypes[name]]] });
const typeNames = { S: "STRING", N: "NUMBER" } as const;

/** What the adapters call. No scan: every read goes by a key or an index. */
const ACTIONS = [
  "dynamodb:GetItem",
  "dynamodb:BatchGetItem",
  "dynamodb:Query",
  "dynamodb:PutItem",
  "dynamodb:BatchWriteItem",
  "dynamodb:UpdateItem",
  "dynamodb:DeleteItem",
];

/**
 * One on-demand table with its three indexes, recovery to any second of the last 35 days, and expiry of ended runs. It is an
 * `AWS::DynamoDB::Table`, not the global kind that `TableV2` makes: we need one Region, and emulators know only this one.
 */
export class RunTable extends Construct {
  readonly table: Table;
  readonly env: EnvPart<"MUSTER_TABLE">;
  private readonly name: string;

  constructor(scope: Construct, id: string, { name, keeping }: { readonly name: string; readonly keeping: Keeping }) {
    super(scope, id);
    this.name = name;
    this.table = new Table(this, "Table", {
      tableName: name,
      partitionKey: attribute(table.pk),
      sortKey: attribute(table.sk),
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: table.ttl,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.DEFAULT,
      deletionProtection: keeping === "keep",
      removalPolicy: removalOf(keeping),
    });
    this.table.addGlobalSecondaryIndex({
      indexName: table.byTenant.name,
      partitionKey: attribute(table.byTenant.pk),
      sortKey: attribute(table.byTenant.sk),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...table.byTenant.include],
    });
    this.table.addGlobalSecondaryIndex({
      indexName: table.byHolder.name,
      partitionKey: attribute(table.byHolder.pk),
      sortKey: attribute(table.byHolder.sk),
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: table.byDeadline.name,
      partitionKey: attribute(table.byDeadline.pk),
      sortKey: attribute(table.byDeadline.sk),
      projectionType: ProjectionType.KEYS_ONLY,
    });
    this.env = { MUSTER_TABLE: name };
  }

  /** Lets an entry read and write items, by key and through the indexes. */
  grantUse(grantee: IGrantable): Grant {
    const arn = arnOf("dynamodb", `table/${this.name}`);
    const indexes = [table.byTenant, table.byHolder, table.byDeadline].map(({ name }) => `${arn}/index/${name}`);
    return Grant.addToPrincipal({ grantee, actions: ACTIONS, resourceArns: [arn, ...indexes] });
  }
}
