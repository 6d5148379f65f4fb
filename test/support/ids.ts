/** New identifiers for tests; every call gives one that nobody has used. */
import { randomUUID } from "node:crypto";
import {
  type AgentName,
  agentName,
  type Digest,
  type RunId,
  type TenantId,
  tenantId,
  type WakeId,
  type WorkerId,
  wakeId,
  workerId,
} from "../../services/contract/ids.ts";
import { sha256 } from "../../services/core/digest.ts";
import { runIdOf } from "../../services/core/identity.ts";

export const aTenant = (): TenantId => tenantId.parse(`tenant-${randomUUID()}`);
export const aRunId = (): RunId => runIdOf(tenantId.parse("test"), randomUUID());
export const aWorkerId = (): WorkerId => workerId.parse(`w_${randomUUID()}`);
export const aWakeId = (): WakeId => wakeId.parse(`k_${randomUUID()}`);
export const aDigest = (): Digest => sha256(randomUUID());
export const anAgentName = (): AgentName => agentName.parse(`agent-${randomUUID().slice(0, 8)}`);
export const aNonce = (): string => randomUUID();
