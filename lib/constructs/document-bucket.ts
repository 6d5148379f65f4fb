/** The bucket: texts too large for an item, and the documents that tenants let their runs read. */
import { Aws, Duration } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { BlockPublicAccess, Bucket, BucketEncryption } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { limits } from "../../services/contract/limits.ts";
import { objectPrefixes } from "../../services/contract/tables.ts";
import { DAY } from "../../services/contract/units.ts";
import { accept, acceptWildcards } from "./accept.ts";
import type { EnvPart } from "./environment.ts";
import { type Keeping, removalOf } from "./keeping.ts";

/** A run may end as late as its deadline and is kept after that; a day more, because rules run once a day. */
const KEEP_DAYS = Math.ceil((limits.deadlineMaxMs + limits.keepEndedMs) / DAY) + 1;

const daysOf = (ms: number): Duration => Duration.days(Math.ceil(ms / DAY) + 1);

/** Private, encrypted, reached over TLS only. What belongs to runs expires; documents stay until their tenant removes them. */
export class DocumentBucket extends Construct {
  readonly bucket: Bucket;
  readonly env: EnvPart<"MUSTER_BUCKET">;
  private readonly name: string;

  constructor(scope: Construct, id: string, { name, keeping }: { readonly name: string; readonly keeping: Keeping }) {
    super(scope, id);
    const expiration = Duration.days(KEEP_DAYS);
    this.name = name;
    this.bucket = new Bucket(this, "Bucket", {
      bucketName: name,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: removalOf(keeping),
      lifecycleRules: [
        { id: "contents", prefix: objectPrefixes.content, expiration },
        { id: "runs", prefix: objectPrefixes.runs, expiration },
        { id: "books", prefix: `${objectPrefixes.costs}BOOKS`, expiration: daysOf(limits.keepBooksMs) },
        { id: "sheets", prefix: objectPrefixes.costs, expiration: daysOf(limits.keepDaysMs) },
        { id: "broken-uploads", abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    accept(this.bucket, {
      S1: "Only the fleet's own roles can read it, and CloudTrail data events say more than access logs; both cost a bucket of their own.",
    });
    this.env = { MUSTER_BUCKET: name };
  }

  /**
   * Lets an entry read and write the texts of runs, and read documents. Listing is allowed because without it S3 answers
   * "forbidden" instead of "not there" for a key that does not exist.
   */
  grantUse(grantee: IGrantable): void {
    const { content, runs, documents, costs } = objectPrefixes;
    const arn = `arn:${Aws.PARTITION}:s3:::${this.name}`;
    const under = (prefix: string): string => `${arn}/${prefix}*`;
    const grants: [string, string[]][] = [
      ["s3:GetObject", [under(content), under(runs), under(documents), under(costs)]],
      ["s3:PutObject", [under(content), under(runs), under(costs)]],
      ["s3:ListBucket", [arn]],
    ];
    acceptWildcards(
      grantee,
      [content, runs, documents, costs].map(under),
      "Objects are made while the fleet works; their prefix is what a role is limited to.",
    );
    for (const [action, resourceArns] of grants) Grant.addToPrincipal({ grantee, actions: [action], resourceArns });
  }
}
