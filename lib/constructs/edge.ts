/** The optional CloudFront distribution in front of the API: TLS ends near the caller, and long distances go over AWS's own net. */
import { Duration } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginRequestPolicy,
  PriceClass,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { RestApiOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { Construct } from "constructs";
import type { Deployment } from "../config/deployment.ts";
import { accept } from "./accept.ts";

/** Longest silence of the API: a wait of 25 s, and streams that send a sign of life more often than that. */
const SILENCE = Duration.seconds(60);

/** Nothing is cached and nothing is changed on the way: every answer is somebody's own. */
export class Edge extends Construct {
  readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    { deployment, rest }: { readonly deployment: Deployment; readonly rest: RestApi },
  ) {
    super(scope, id);
    const { domain } = deployment.api;
    const distribution = new Distribution(this, "Distribution", {
      comment: `Muster ${deployment.name}`,
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_ALL,
      defaultBehavior: {
        origin: new RestApiOrigin(rest, { readTimeout: SILENCE }),
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        compress: false,
      },
      ...(domain === undefined
        ? {}
        : {
            domainNames: [domain.name],
            minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
            certificate: Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
          }),
    });
    accept(distribution, {
      CFR1: "Whom it serves is not a matter of countries: callers have keys of their tenant.",
      CFR2: "The web ACL, where it is wanted, is at the API behind, which can be reached without CloudFront too.",
      CFR3: "Every request is in the access log of the API behind.",
      CFR4: "Without a domain of one's own the certificate is CloudFront's, whose floor cannot be raised.",
    });
    this.url = `https://${domain?.name ?? distribution.distributionDomainName}/`;
  }
}
