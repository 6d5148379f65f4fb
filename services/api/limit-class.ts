/** The shared item of a limit class, read and changed by the API in the time of the store's server, as workers do. */
import { limits } from "../contract/limits.ts";
import type { RateControl } from "../contract/rate.ts";
import { limitClasses } from "../core/limit-classes.ts";
import { firstControl, limitOf, settingsOf } from "../core/rate-control.ts";
import { correctionMs, withSample } from "../core/server-clock.ts";
import type { LimitItem, Seen } from "../ports/limiter-store.ts";
import type { ApiParts } from "./deps.ts";

/** An item as it was seen, and the server's time then. */
export type SeenClass = { readonly item: LimitItem | undefined; readonly nowMs: number };

/** A class on a platform; without one on the deployment's own. */
export type ClassName = { readonly limitClass: string; readonly platform?: string | undefined };

const nameOf = ({ rate }: ApiParts, { limitClass, platform = rate.platform }: ClassName) => ({
  platform,
  workspace: rate.workspace,
  limitClass,
});

/** Every class on every platform of the deployment. */
export const classNames = ({ rate: { platform, failover } }: ApiParts): ClassName[] =>
  limitClasses().flatMap((limitClass) => [
    { limitClass, platform },
    ...(failover === undefined ? [] : [{ limitClass, platform: failover }]),
  ]);

async function timed({ clock }: ApiParts, ask: () => Promise<Seen>): Promise<SeenClass> {
  const sentMs = clock.nowMs();
  const { item, serverDateMs } = await ask();
  const receivedMs = clock.nowMs();
  if (serverDateMs === undefined) return { item, nowMs: receivedMs };
  const bounds = withSample(undefined, { dateMs: serverDateMs, sentMs, receivedMs });
  return { item, nowMs: receivedMs + correctionMs(bounds) };
}

/** The item as it is; absent when nobody has used the class. */
export const readClass = (parts: ApiParts, name: ClassName): Promise<SeenClass> =>
  timed(parts, () => parts.limiter.read(nameOf(parts, name)));

/**
 * Changes the class against its workers; makes it when nobody has used it. `decide` gives the same value when nothing is to
 * change. Undefined when others changed it every time in between.
 */
export async function changeClass(
  parts: ApiParts,
  name: ClassName,
  decide: (control: RateControl, nowMs: number) => RateControl,
): Promise<(SeenClass & { readonly changed: boolean }) | undefined> {
  const { limiter, clock, rate } = parts;
  const key = nameOf(parts, name);
  const first = firstControl(limitOf(settingsOf(rate, key.platform), key.limitClass), rate.rampMs, clock.nowMs());
  let { item, nowMs } = await timed(parts, () => limiter.begin(key, first));
  for (let i = 0; i < limits.rateTries && item !== undefined; i++) {
    const next = decide(item.control, nowMs);
    if (next === item.control) return { item, nowMs, changed: false };
    const answer = await limiter.change(key, item.version, next);
    if (answer.kind === "changed") return { item: answer.item, nowMs, changed: true };
    ({ item, nowMs } = await timed(parts, async () => answer));
  }
  return undefined;
}
