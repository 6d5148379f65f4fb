/** Where workers run: a network over three zones, ours or the user's. */
import { Annotations, Fn, RemovalPolicy } from "aws-cdk-lib";
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  type ISubnet,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  Subnet,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Network } from "../config/deployment.ts";

const ZONES = 3;

/**
 * A network made here takes the first three zones of its Region without asking the account (a look-up would need
 * credentials at synthesis). Table and bucket are reached through gateway endpoints, which cost nothing. Nothing may come in.
 */
export class FleetNetwork extends Construct {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  /** Whether workers need an address of their own to reach the internet. */
  readonly publicAddresses: boolean;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, network: Network) {
    super(scope, id);
    if (network.kind === "own") {
      this.vpc = Vpc.fromVpcAttributes(this, "Vpc", network);
      this.subnets = network.subnetIds.map((subnetId, i) => {
        const subnet = Subnet.fromSubnetId(this, `Subnet${i}`, subnetId);
        Annotations.of(subnet).acknowledgeWarning(
          "@aws-cdk/aws-ec2:noSubnetRouteTableId",
          "Its routes are its owner's; nothing here asks for them.",
        );
        return subnet;
      });
      this.publicAddresses = network.publicAddresses;
    } else {
      const made = this.makeVpc(network.kind);
      this.vpc = made;
      this.subnets = network.kind === "public" ? made.publicSubnets : made.privateSubnets;
      this.publicAddresses = network.kind === "public";
    }
    this.securityGroup = new SecurityGroup(this, "Workers", {
      vpc: this.vpc,
      description: "Workers of the fleet: nothing comes in, HTTPS goes out",
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), "Claude API and AWS");
  }

  private makeVpc(kind: "public" | "private"): Vpc {
    const publicSubnets = { name: "public", subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: kind === "public" };
    const privateSubnets = { name: "workers", subnetType: SubnetType.PRIVATE_WITH_EGRESS };
    const vpc = new Vpc(this, "Vpc", {
      availabilityZones: Array.from({ length: ZONES }, (_, i) => Fn.select(i, Fn.getAzs())),
      natGateways: kind === "public" ? 0 : ZONES,
      subnetConfiguration: kind === "public" ? [publicSubnets] : [publicSubnets, privateSubnets],
      gatewayEndpoints: {
        Objects: { service: GatewayVpcEndpointAwsService.S3 },
        Table: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    const logGroup = new LogGroup(this, "Refused", {
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Only what was refused: it is what an investigation asks for, and what is let through would cost by the gigabyte.
    vpc.addFlowLog("Refusals", {
      destination: FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: FlowLogTrafficType.REJECT,
    });
    return vpc;
  }
}
