/** A request as a REST API of API Gateway hands it to a function (proxy integration), after the sample in its documentation. */

export type Asked = {
  readonly method: string;
  /** Without the stage, as API Gateway tells it. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

const HOST = "abcdef1234.execute-api.eu-west-1.amazonaws.com";
const STAGE = "v";
const many = (one: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(one).map(([name, value]) => [name, [value]]));

/** The event of a request. */
export function restEvent({ method, path, query, headers = {}, body }: Asked) {
  const sent = {
    Accept: "*/*",
    "content-type": "application/json",
    Host: HOST,
    "X-Amzn-Trace-Id": "Root=1-5e66d96f-7491f09xmpl79d18acf3d050",
    "X-Forwarded-For": "203.0.113.8",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
    ...headers,
  };
  return {
    resource: "/{proxy+}",
    path,
    httpMethod: method,
    headers: sent,
    multiValueHeaders: many(sent),
    queryStringParameters: query ?? null,
    multiValueQueryStringParameters: query === undefined ? null : many(query),
    pathParameters: { proxy: path.slice(1) },
    stageVariables: null,
    requestContext: {
      resourceId: "2gxmpl",
      resourcePath: "/{proxy+}",
      httpMethod: method,
      extendedRequestId: "JJbxmplHYosFVYQ=",
      requestTime: "21/Nov/2026:00:03:59 +0000",
      path: `/${STAGE}${path}`,
      accountId: "123456789012",
      protocol: "HTTP/1.1",
      stage: STAGE,
      domainPrefix: "abcdef1234",
      requestTimeEpoch: 1795219439000,
      requestId: "77375676-xmpl-4b79-853a-f982474efe18",
      identity: { sourceIp: "203.0.113.8", userAgent: "node", accountId: null, apiKey: null, caller: null, user: null },
      domainName: HOST,
      apiId: "abcdef1234",
    },
    body: body === undefined ? null : JSON.stringify(body),
    isBase64Encoded: false,
  };
}

/** What the schedule of EventBridge sends every minute. */
export const scheduleEvent = (atMs: number) => ({
  version: "0",
  id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "123456789012",
  time: new Date(atMs).toISOString().replace(/\.\d{3}Z$/, "Z"),
  region: "eu-west-1",
  resources: ["arn:aws:events:eu-west-1:123456789012:rule/MusterControl-EveryMinute"],
  detail: {},
});
