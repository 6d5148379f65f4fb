/** What AWS says when it does not give what was asked for: values where it is an answer, the error where it is a surprise. */
import { limits } from "../../../contract/limits.ts";
import { errorName } from "../call.ts";

type RefusalKind = "no-capacity" | "quota" | "throttled";
type Refused = { readonly kind: RefusalKind; readonly because: string };

const NO_CAPACITY =
  /InsufficientInstanceCapacity|InsufficientHostCapacity|InsufficientCapacity|UnfulfillableCapacity|SpotMaxPriceTooLow|MaxSpotFleetRequestCountExceeded/;
const QUOTA =
  /VcpuLimitExceeded|InstanceLimitExceeded|MaxSpotInstanceCountExceeded|LimitExceeded|InsufficientFreeAddresses/;
const FOR_NOW =
  /Throttl|RequestLimitExceeded|TooManyRequests|ScalingActivityInProgress|ResourceContention|IdempotentCallInProgress|ServiceUnavailable|InternalFailure/;

/** Kind of a code of EC2, Auto Scaling or ECS; undefined for a surprise. Throttling is asked first: its codes also end in LimitExceeded. */
export function kindOf(code: string): RefusalKind | undefined {
  if (FOR_NOW.test(code)) return "throttled";
  if (NO_CAPACITY.test(code)) return "no-capacity";
  return QUOTA.test(code) ? "quota" : undefined;
}

/** An error as an answer, or what `call` wrapped in one. Throws the service's own error when it is none. */
export function refusalOf(thrown: unknown): Refused {
  const error = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
  const code = errorName(error);
  const kind = kindOf(code);
  if (kind === undefined) throw error;
  const message = error instanceof Error ? error.message : "";
  return { kind, because: `${code}: ${message}`.slice(0, limits.detailChars) };
}
