import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { boundedHandler } from "./bounded-client.ts";
import { clientLimits } from "./client-limits.ts";
import { jsonHandler } from "./http-handler.ts";
import { jsonSigner, type SigningKeys } from "./signer.ts";

/** What the clients of a process need to know; the process that makes them decides. */
export interface AwsClientOptions {
  readonly region: string;
  /** Addresses that replace AWS (embedded servers, LocalStack); a service without one is the real one. */
  readonly endpoints?: { readonly dynamodb?: string; readonly sqs?: string; readonly s3?: string };
  /** Fixed keys, for embedded servers; without them the SDK's own chain finds the role. */
  readonly credentials?: SigningKeys;
  /** Connections of each client. A worker needs one for each call in flight, and one for each long poll. */
  readonly maxSockets: number;
  /** Time of a signature when the SDK gives none. */
  readonly now: () => Date;
  /** Replaces the silences of `clientLimits` where a test waits for one. */
  readonly silenceMs?: number;
}

/** The clients of one process; whoever made them destroys them. */
export interface AwsClients {
  readonly dynamodb: DynamoDBClient;
  /** DynamoDB for writes that must not be sent twice: no retry of its own, and connections that nothing else queues for. */
  readonly once: DynamoDBClient;
  readonly sqs: SQSClient;
  /** The S3 client; loaded at the first call, because most processes never need one. */
  s3(): Promise<S3Client>;
  /** Closes all connections. */
  destroy(): void;
}

type JsonService = "dynamodb" | "sqs";

/** Middlewares that cost a tenth of a call each and change nothing but logs and the user agent. */
const DROPPED = ["loggerMiddleware", "getUserAgentMiddleware"] as const;

function lean<C extends { middlewareStack: { remove(name: string): boolean } }>(client: C): C {
  for (const name of DROPPED) client.middlewareStack.remove(name);
  return client;
}

/**
 * The SDK clients, built for little CPU: a call costs a good half of what the default construction costs. Everything that
 * matters on AWS stays: signatures, standard retries with backoff, clock-skew correction, endpoint rules, typed errors.
 * A call that was retried may have been executed twice; conditional writes must recognise their own effect.
 */
export function awsClients(options: AwsClientOptions): AwsClients {
  const { region, endpoints = {}, credentials, maxSockets, now } = options;
  const { connectionTimeoutMs, idleMs, attempts } = clientLimits;
  const { silenceMs: storeSilenceMs = clientLimits.storeSilenceMs } = options;
  const { silenceMs: queueSilenceMs = clientLimits.queueSilenceMs } = options;
  const shared = {
    region,
    retryMode: "standard",
    maxAttempts: attempts,
    ...(credentials === undefined ? {} : { credentials }),
  };

  const json = (service: JsonService, requestTimeoutMs: number, keys: () => Promise<SigningKeys>) => {
    const endpoint = endpoints[service];
    return {
      ...shared,
      ...(endpoint === undefined ? {} : { endpoint }),
      signer: jsonSigner({ region, service, now, keys }),
      requestHandler: { ...jsonHandler({ maxSockets, connectionTimeoutMs, requestTimeoutMs, idleMs }) },
    };
  };

  const dynamodb: DynamoDBClient = lean(
    new DynamoDBClient(json("dynamodb", storeSilenceMs, () => dynamodb.config.credentials())),
  );
  const once: DynamoDBClient = lean(
    new DynamoDBClient({
      ...json("dynamodb", storeSilenceMs, () => once.config.credentials()),
      maxAttempts: 1,
    }),
  );
  const sqs: SQSClient = lean(new SQSClient(json("sqs", queueSilenceMs, () => sqs.config.credentials())));

  let s3: Promise<S3Client> | undefined;
  const openS3 = async (): Promise<S3Client> => {
    const { S3Client } = await import("@aws-sdk/client-s3");
    return new S3Client({
      ...shared,
      ...(endpoints.s3 === undefined ? {} : { endpoint: endpoints.s3, forcePathStyle: true }),
      requestHandler: {
        ...boundedHandler(storeSilenceMs),
        httpAgent: { keepAlive: true, maxSockets },
        httpsAgent: { keepAlive: true, maxSockets },
      },
    });
  };

  return {
    dynamodb,
    once,
    sqs,
    s3: () => {
      s3 ??= openS3();
      return s3;
    },
    destroy: () => {
      dynamodb.destroy();
      once.destroy();
      sqs.destroy();
      s3?.then(
        (client) => client.destroy(),
        () => undefined,
      );
    },
  };
}
