/** The REST API: what the internet reaches. Everything goes to one function, streams and waits to another. */
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import {
  AccessLogFormat,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  ResponseTransferMode,
  ResponseType,
  RestApi,
  SecurityPolicy,
} from "aws-cdk-lib/aws-apigateway";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { type Problem, watchPrefix } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import type { Deployment } from "../config/deployment.ts";
import { accept } from "./accept.ts";
import { Edge } from "./edge.ts";
import { ServiceLog } from "./service-log.ts";
import { WebAcl } from "./web-acl.ts";

/** What lets API Gateway write logs at all. */
const LOG_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs";

/** API Gateway ends a stream after 15 minutes. */
const STREAM = Duration.minutes(15);

/**
 * A function that is as often at work as it may be is never called, and API Gateway would answer 500. It knows no difference between that
 * and the other ways in which a function cannot be called: all of them are told to come again.
 */
const NOT_CALLED: Problem = {
  type: "urn:muster:problem:too-many-watchers",
  title: "Too many waits and event streams are open",
  status: 429,
  detail: "or the API could not be reached for another reason; ask again after Retry-After, or without waiting",
  code: "too-many-watchers",
};

/** What stands behind the door. */
export type FrontDoorProps = {
  readonly deployment: Deployment;
  readonly api: IFunction;
  readonly watch: IFunction;
};

/**
 * A REST API and not an HTTP API, because only the former streams responses. Callers prove themselves to the functions
 * with a key of their tenant; here they are counted and held back.
 */
export class FrontDoor extends Construct {
  readonly rest: RestApi;
  /** Address of the API as callers see it, with a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, { deployment, api, watch }: FrontDoorProps) {
    super(scope, id);
    const { waf, cloudFront, domain } = deployment.api;
    this.rest = this.makeRest(deployment);
    this.addMethods(api, watch);
    this.rest.addGatewayResponse("NotCalled", {
      type: ResponseType.INTEGRATION_FAILURE,
      statusCode: String(NOT_CALLED.status),
      responseHeaders: {
        "Retry-After": `'${limits.retryAfterSeconds}'`,
        "Content-Type": "'application/problem+json'",
      },
      // The form that is taken whatever the caller accepts.
      templates: { "application/json": JSON.stringify(NOT_CALLED) },
    });
    if (waf) new WebAcl(this, "WebAcl", { deployment, stageArn: this.rest.deploymentStage.stageArn });
    if (cloudFront) this.url = new Edge(this, "Edge", { deployment, rest: this.rest }).url;
    else this.url = domain === undefined ? this.rest.url : `https://${domain.name}/`;
  }

  private makeRest(deployment: Deployment): RestApi {
    const { throttle, domain, cloudFront } = deployment.api;
    const { logGroup } = new ServiceLog(this, "Log", { deployment, log: "access" });
    const rest = new RestApi(this, "Rest", {
      restApiName: `${deployment.name}-api`,
      description: "Muster: submit, watch and cancel runs",
      endpointTypes: [EndpointType.REGIONAL],
      // A stage with an access log is refused where the account has no role for it. The setting is the account's, and other APIs may
      // use it after ours is gone: it stays.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: "v",
        throttlingRateLimit: throttle.ratePerSecond,
        throttlingBurstLimit: throttle.burst,
        accessLogDestination: new LogGroupLogDestination(logGroup),
        accessLogFormat: AccessLogFormat.jsonWithStandardFields(),
        loggingLevel: MethodLoggingLevel.OFF,
        metricsEnabled: false,
        tracingEnabled: true,
      },
      ...(domain === undefined || cloudFront
        ? {}
        : {
            domainName: {
              domainName: domain.name,
              certificate: Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
              securityPolicy: SecurityPolicy.TLS_1_2,
            },
          }),
    });
    accept(rest, {
      APIG2:
        "The functions check every request against the schemas of the API and answer with problem documents that name the field.",
      APIG3: "A web ACL costs money while idle; `api.waf` in the configuration adds one.",
      APIG6: "A line for each request goes to the access log; lines for each step would hold keys and bodies.",
      APIG4: "Callers prove themselves with a key of their tenant, which the functions check.",
      COG4: "Callers are programs with keys of their tenant, not people with passwords.",
      [`IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${LOG_POLICY}]`]:
        "The role of the whole account's API Gateway for its logs; AWS keeps the policy.",
    });
    return rest;
  }

  private addMethods(api: IFunction, watch: IFunction): void {
    const whole = new LambdaIntegration(api, { allowTestInvoke: false });
    const streamed = new LambdaIntegration(watch, {
      allowTestInvoke: false,
      responseTransferMode: ResponseTransferMode.STREAM,
      timeout: STREAM,
    });
    this.rest.root.addProxy({ defaultIntegration: whole, anyMethod: true });
    this.rest.root.addResource(watchPrefix.slice(1)).addProxy({ anyMethod: false }).addMethod("GET", streamed);
  }
}
