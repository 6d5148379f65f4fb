import { limitClassOf, prices } from "../contract/models.ts";
import { otherClasses } from "../contract/rate.ts";
import type { LimitName } from "../contract/tables.ts";

/** The limit classes of the models that have a price. */
export const modelClasses = (): string[] => [...new Set(Object.keys(prices).map(limitClassOf))];

/** Every limit class that Muster knows: those of the models that have a price, and those of other calls. */
export const limitClasses = (): string[] => [...new Set([...modelClasses(), ...Object.values(otherClasses)])];

/** Whose limits a deployment keeps: its own platform, and the one that calls go to while that is out of order. */
export type LimitOwner = {
  readonly platform: string;
  readonly failover?: string | undefined;
  readonly workspace: string;
};

/** The items of all classes of a deployment. */
export const limitNames = ({ platform, failover, workspace }: LimitOwner): LimitName[] =>
  [platform, ...(failover === undefined ? [] : [failover])].flatMap((on) =>
    limitClasses().map((limitClass) => ({ platform: on, workspace, limitClass })),
  );
