/** The world outside on which tools act: under a key of a keyed tool the first result stays the result. */
import type { Replay, ToolContext } from "../../../services/core/agent.ts";
import type { Observer } from "../checks/observer.ts";
import type { Dice } from "../engine/dice.ts";
import type { SimProcess } from "../engine/sim-process.ts";
import type { Trace } from "../engine/trace.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import type { RunFile } from "./run-file.ts";

const DOCUMENT_SHARE = 0.2;

/** What the outside is made of; `fileOf` finds the run that a key belongs to. */
export type EffectParts = {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly checks: Required<Observer>;
  readonly trace: Trace;
  fileOf(context: ToolContext): RunFile;
};

/** Runs a tool: it reads a document now and then, takes a while, and has its effect at the beginning or at the end. */
export function makeEffects({ time, dice, checks, trace, fileOf }: EffectParts) {
  const happen = (by: SimProcess, replay: Replay, context: ToolContext) => {
    const { key } = context;
    const file = fileOf(context);
    checks.effect({ file, key, replay, by });
    trace.note(key.length, by.number, () => `${by.name} effect ${replay} ${key}`);
    const at = time.nowMs;
    file.tell(() => `${at.toFixed(1)} ${by.name}: ${replay} effect ${key}`);
    if (replay === "pure") return;
    const effect = file.effects.get(key) ?? { times: 0 };
    effect.times++;
    file.effects.set(key, effect);
  };
  return async (by: SimProcess, replay: Replay, context: ToolContext): Promise<string> => {
    if (replay !== "pure") checks.acts(by, "effect", fileOf(context));
    const early = dice.happens(0.5);
    if (early) happen(by, replay, context);
    if (replay === "pure" && dice.happens(DOCUMENT_SHARE)) await context.readObject("guide.txt");
    const ms = dice.happens(0.02) ? dice.between(1_000, 30_000) : dice.between(1, 200);
    const { promise, resolve } = Promise.withResolvers<void>();
    const abort = () => {
      time.callOff(timer);
      resolve();
    };
    const timer = time.after(ms, () => {
      if (!early && !by.isDown) happen(by, replay, context);
      by.deliver(resolve);
    });
    context.signal.addEventListener("abort", abort, { once: true });
    await promise;
    context.signal.removeEventListener("abort", abort);
    return `result of ${context.key}`;
  };
}
