/**
 * EventBridge and the function behind it: events of machines and tasks come late, twice, in another order, about nobody, or badly
 * written; what fails is tried again twice.
 */
import type { FleetEvent } from "../../../services/contract/aws-events.ts";
import type { Place } from "../../../services/contract/fleet.ts";
import { applyFleetEvent } from "../../../services/controller/fleet-events.ts";
import type { World } from "../../../services/controller/world.ts";
import type { Dice } from "../engine/dice.ts";
import type { FaultName, Faults } from "../engine/faults.ts";
import { EPOCH_MS, type SimProcess } from "../engine/sim-process.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";

/** The process that takes events now, and what it works with. */
export type Taker = { readonly process: SimProcess; readonly world: World };

export type EventParts = {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly faults: Faults;
  taker(): Taker;
};

/** What is said of a place. `gone` and `stopped`: who was there has ended. */
export type Saying = "warned" | "rebalance" | "draining" | "gone" | "stopped";

const SOON_MS = 2_000;
const LATE_MS = 120_000;
const AGAIN_MS = 60_000;
const TRIES = 3;
const CHANCES = { "event-late": 0.2, "event-doubled": 0.2, "event-astray": 0.2 } as const;

const NOBODY: Place = { instanceId: "i-0badc0de", taskArn: "arn:aws:ecs:eu-west-1:1:task/muster/nobody" };

/** The event of an instance or a task, as AWS writes it. */
export function eventOf(saying: Saying, { instanceId = "", taskArn = "" }: Place, atMs: number): FleetEvent {
  const time = new Date(atMs).toISOString();
  switch (saying) {
    case "warned": {
      const detail = { "instance-id": instanceId, "instance-action": "terminate" };
      return { "detail-type": "EC2 Spot Instance Interruption Warning", time, detail };
    }
    case "rebalance":
      return { "detail-type": "EC2 Instance Rebalance Recommendation", time, detail: { "instance-id": instanceId } };
    case "draining": {
      const detail = { ec2InstanceId: instanceId, status: "DRAINING" };
      return { "detail-type": "ECS Container Instance State Change", time, detail };
    }
    case "gone": {
      const detail = { "instance-id": instanceId, state: "terminated" };
      return { "detail-type": "EC2 Instance State-change Notification", time, detail };
    }
    case "stopped": {
      const detail = { taskArn, lastStatus: "STOPPED", desiredStatus: "STOPPED", stoppedReason: "it was killed" };
      return { "detail-type": "ECS Task State Change", time, detail };
    }
  }
}

export class AwsEvents {
  readonly #parts: EventParts;

  constructor(parts: EventParts) {
    this.#parts = parts;
  }

  /** AWS says something of a place, as of now. */
  say(saying: Saying, place: Place): void {
    const { time, dice } = this.#parts;
    const atMs = Math.floor(EPOCH_MS + time.nowMs);
    this.#send(eventOf(saying, place, atMs));
    if (this.#strikes("event-doubled")) this.#send(eventOf(saying, place, atMs));
    if (!this.#strikes("event-astray")) return;
    const nobody = eventOf(saying, NOBODY, atMs);
    this.#send(dice.happens(0.5) ? nobody : { ...nobody, detail: { "instance-id": 7 } });
  }

  #strikes(name: Extract<FaultName, `event-${string}`>): boolean {
    const { dice, faults } = this.#parts;
    if (!faults.may(name) || !dice.happens(CHANCES[name])) return false;
    faults.count(name);
    return true;
  }

  #send(event: unknown): void {
    const { time, dice } = this.#parts;
    time.after(this.#strikes("event-late") ? dice.between(SOON_MS, LATE_MS) : dice.around(SOON_MS / 10), () =>
      this.#take(event, 1),
    );
  }

  #take(event: unknown, tries: number): void {
    const { time, dice } = this.#parts;
    const { process, world } = this.#parts.taker();
    const again = () => {
      if (tries < TRIES) time.after(dice.between(1_000, AGAIN_MS), () => this.#take(event, tries + 1));
    };
    process.deliver(() => void applyFleetEvent(world, event).then(undefined, again));
  }
}
