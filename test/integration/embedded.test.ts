import { awsContracts } from "../contract/aws.contract.ts";
import { embeddedAws } from "../support/embedded-aws.ts";

awsContracts("AWS adapters over dynalite and fauxqs", embeddedAws);
