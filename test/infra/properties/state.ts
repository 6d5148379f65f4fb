/** Parts 2 and 3 of the deployment: what keeps runs, what wakes workers, and the front door. */
import { ABSENT, type Property } from "./property.ts";

const DAY = 24 * 60 * 60;
const lanes = ["high", "normal", "low"] as const;

const laneQueues: Property[] = lanes.flatMap((lane): Property[] => [
  {
    ...{ text: `the ${lane} queue: standard, encrypted, 4 days, 15 minutes out of sight, given up after 10 receives` },
    ...{ stack: "state", type: "AWS::SQS::Queue", where: `"QueueName":"muster-${lane}"` },
    has: {
      "Properties.FifoQueue": ABSENT,
      "Properties.SqsManagedSseEnabled": true,
      "Properties.MessageRetentionPeriod": 4 * DAY,
      "Properties.VisibilityTimeout": 15 * 60,
      "Properties.ReceiveMessageWaitTimeSeconds": 20,
      "Properties.RedrivePolicy.maxReceiveCount": 10,
      "Properties.RedrivePolicy.deadLetterTargetArn": /Dead/,
    },
  },
  {
    ...{ text: `dead letters of ${lane}: 14 days, encrypted, from that queue alone` },
    ...{ stack: "state", type: "AWS::SQS::Queue", where: `"QueueName":"muster-${lane}-dead"` },
    has: {
      "Properties.SqsManagedSseEnabled": true,
      "Properties.MessageRetentionPeriod": 14 * DAY,
      "Properties.RedriveAllowPolicy.redrivePermission": "byQueue",
      "Properties.RedriveAllowPolicy.sourceQueueArns": new RegExp(`:muster-${lane}"`),
    },
  },
]);

export const stateProperties: readonly Property[] = [
  {
    ...{ text: "the table: paid by use, recoverable, expiring, kept", stack: "state", type: "AWS::DynamoDB::Table" },
    has: {
      "Properties.BillingMode": "PAY_PER_REQUEST",
      "Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": true,
      "Properties.TimeToLiveSpecification": { AttributeName: "expiresAt", Enabled: true },
      "Properties.GlobalSecondaryIndexes": /byTenant.*byHolder.*byDeadline/,
      "Properties.DeletionProtectionEnabled": true,
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
    },
  },
  {
    ...{ text: "the bucket: private, encrypted, its texts expire, kept", stack: "state", type: "AWS::S3::Bucket" },
    has: {
      "Properties.PublicAccessBlockConfiguration.BlockPublicAcls": true,
      "Properties.PublicAccessBlockConfiguration.BlockPublicPolicy": true,
      "Properties.PublicAccessBlockConfiguration.IgnorePublicAcls": true,
      "Properties.PublicAccessBlockConfiguration.RestrictPublicBuckets": true,
      "Properties.BucketEncryption.ServerSideEncryptionConfiguration": /"SSEAlgorithm":"AES256"/,
      "Properties.LifecycleConfiguration.Rules.*.Status": "Enabled",
      "Properties.LifecycleConfiguration.Rules.0.ExpirationInDays": 34,
      "Properties.LifecycleConfiguration.Rules.1.ExpirationInDays": 34,
      "Properties.LifecycleConfiguration.Rules.4.AbortIncompleteMultipartUpload.DaysAfterInitiation": 1,
      DeletionPolicy: "Retain",
    },
  },
  {
    ...{ text: "the bucket is reached over TLS 1.2 or later only", stack: "state", type: "AWS::S3::BucketPolicy" },
    has: {
      "Properties.PolicyDocument.Statement.0": /"s3:\*".*"aws:SecureTransport":"false".*"Deny"/,
      "Properties.PolicyDocument.Statement.1": /"s3:TlsVersion":1\.2.*"Deny"/,
    },
  },
  {
    ...{ text: "every queue is reached over TLS only", stack: "state", type: "AWS::SQS::QueuePolicy", count: 6 },
    has: { "Properties.PolicyDocument.Statement.0": /"sqs:\*".*"aws:SecureTransport":"false".*"Deny"/ },
  },
  ...laneQueues,
  {
    ...{
      text: "the key of the Claude API: a secret without a value",
      stack: "fleet",
      type: "AWS::SecretsManager::Secret",
    },
    has: { "Properties.SecretString": ABSENT, "Properties.GenerateSecretString": ABSENT },
  },
];

const functions = {
  "Properties.Architectures": ["arm64"],
  "Properties.Runtime": "nodejs24.x",
  "Properties.TracingConfig.Mode": "Active",
  "Properties.LoggingConfig.LogFormat": "JSON",
  "Properties.LoggingConfig.LogGroup.Ref": /LogLines/,
};

export const doorProperties: readonly Property[] = [
  { text: "the API is of this Region", stack: "api", type: "AWS::ApiGateway::RestApi", has: { "Properties.EndpointConfiguration.Types": ["REGIONAL"] } }, // biome-ignore format: one line
  {
    ...{ text: "the stage: throttled, logged, traced", stack: "api", type: "AWS::ApiGateway::Stage" },
    has: {
      "Properties.MethodSettings.0.ThrottlingRateLimit": 1_000,
      "Properties.MethodSettings.0.ThrottlingBurstLimit": 2_000,
      "Properties.AccessLogSetting.DestinationArn": /DoorLog/,
      "Properties.AccessLogSetting.Format": /requestId.*status/,
      "Properties.TracingEnabled": true,
    },
  },
  {
    ...{ text: "event streams are streamed, for up to 15 minutes", stack: "api", type: "AWS::ApiGateway::Method" },
    where: '"HttpMethod":"GET"',
    has: {
      "Properties.Integration.ResponseTransferMode": "STREAM",
      "Properties.Integration.TimeoutInMillis": 900_000,
      "Properties.Integration.Uri": /WatchFunction.*response-streaming-invocations/,
    },
  },
  {
    ...{
      text: "a function that cannot be called now is a 429",
      stack: "api",
      type: "AWS::ApiGateway::GatewayResponse",
    },
    has: {
      "Properties.ResponseType": "INTEGRATION_FAILURE",
      "Properties.StatusCode": "429",
      "Properties.ResponseParameters": {
        "gatewayresponse.header.Retry-After": "'1'",
        "gatewayresponse.header.Content-Type": "'application/problem+json'",
      },
      "Properties.ResponseTemplates": /"application\/json":.*urn:muster:problem:too-many-watchers/,
    },
  },
  {
    ...{ text: "whole answers", stack: "api", type: "AWS::Lambda::Function", where: '"Handler":"api/handler.handler"' },
    has: { ...functions, "Properties.ReservedConcurrentExecutions": ABSENT, "Properties.Timeout": 29 },
  },
  {
    ...{ text: "streams and waits: held back by a number of their own", stack: "api", type: "AWS::Lambda::Function" },
    where: '"Handler":"api/handler.streaming"',
    has: { ...functions, "Properties.ReservedConcurrentExecutions": 500, "Properties.Timeout": 870 },
  },
  {
    ...{ text: "the controller's function: two at once", stack: "control", type: "AWS::Lambda::Function" },
    where: '"Handler":"controller/handler.handler"',
    // A shift of 57 s, a look of 8 s, acts of 30 s, two calls of 5 s to the store.
    has: { ...functions, "Properties.ReservedConcurrentExecutions": 2, "Properties.Timeout": 105 },
  },
  {
    ...{ text: "a shift that fails is not made up for", stack: "control", type: "AWS::Lambda::EventInvokeConfig" },
    has: {
      "Properties.FunctionName.Ref": /ControllerFunction/,
      "Properties.MaximumRetryAttempts": 0,
      "Properties.MaximumEventAgeInSeconds": 60,
    },
  },
  {
    ...{ text: "the function that hears AWS", stack: "control", type: "AWS::Lambda::Function" },
    where: '"Handler":"controller/events/handler.handler"',
    has: functions,
  },
];
