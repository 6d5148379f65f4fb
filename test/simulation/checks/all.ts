/** All checks as one observer: for each kind of fact the list of those who want it. */

import { billedIsAccounted, budgetHolds, doubtsHaveCauses } from "./billing.ts";
import { queuesAreBounded, tenantsAreApart } from "./bounds.ts";
import { conversationsGoOn, deltaComesFirst, epochsGrow, turnsCommitOnce } from "./commits.ts";
import { keysAreTheModels, recordedIsNotRepeated, unsafeHappensOnce } from "./effects.ts";
import { acceptedIsStored, endsOnce, headsAreWhole, onlyUsersCancel } from "./ends.ts";
import {
  backlogIsLeftAlone,
  drainsFinishTurns,
  drainsRelease,
  onlyTheFreshAct,
  onlyTheSilentAreBuried,
  wakeUpsAreFresh,
} from "./fleet.ts";
import type { Check, Observer, Report } from "./observer.ts";
import { answersAreOnesOwn, spendIsTheDeltas } from "./savings.ts";

const checks: readonly Check[] = [
  acceptedIsStored,
  endsOnce,
  onlyUsersCancel,
  headsAreWhole,
  epochsGrow,
  turnsCommitOnce,
  deltaComesFirst,
  conversationsGoOn,
  doubtsHaveCauses,
  billedIsAccounted,
  budgetHolds,
  keysAreTheModels,
  unsafeHappensOnce,
  recordedIsNotRepeated,
  onlyTheFreshAct,
  drainsFinishTurns,
  drainsRelease,
  onlyTheSilentAreBuried,
  backlogIsLeftAlone,
  wakeUpsAreFresh,
  tenantsAreApart,
  queuesAreBounded,
  answersAreOnesOwn,
  spendIsTheDeltas,
];

const hooksOf = <K extends keyof Observer>(observers: readonly Observer[], name: K): NonNullable<Observer[K]>[] =>
  observers.flatMap((observer) => {
    const hook = observer[name];
    return hook === undefined ? [] : [hook];
  });

/** One observer that tells every check what it wants to know; some are made for one world. */
export function allChecks(
  report: Report,
  files: Parameters<Check>[1],
  ofThisWorld: readonly Check[],
): Required<Observer> {
  const observers = [...checks, ...ofThisWorld].map((check) => check(report, files));
  const on = {
    head: hooksOf(observers, "head"),
    delta: hooksOf(observers, "delta"),
    toolIntended: hooksOf(observers, "toolIntended"),
    modelCall: hooksOf(observers, "modelCall"),
    modelCallOver: hooksOf(observers, "modelCallOver"),
    effect: hooksOf(observers, "effect"),
    acts: hooksOf(observers, "acts"),
    beatAnswered: hooksOf(observers, "beatAnswered"),
    beatStored: hooksOf(observers, "beatStored"),
    buried: hooksOf(observers, "buried"),
    accepted: hooksOf(observers, "accepted"),
    shown: hooksOf(observers, "shown"),
    cancelTold: hooksOf(observers, "cancelTold"),
    messages: hooksOf(observers, "messages"),
    inbox: hooksOf(observers, "inbox"),
    drained: hooksOf(observers, "drained"),
  };
  return {
    head: (change) => on.head.forEach((told) => void told(change)),
    delta: (file, delta) => on.delta.forEach((told) => void told(file, delta)),
    toolIntended: (by, record) => on.toolIntended.forEach((told) => void told(by, record)),
    modelCall: (call) => on.modelCall.forEach((told) => void told(call)),
    modelCallOver: (call, end) => on.modelCallOver.forEach((told) => void told(call, end)),
    effect: (effect) => on.effect.forEach((told) => void told(effect)),
    acts: (by, what, file) => on.acts.forEach((told) => void told(by, what, file)),
    beatAnswered: (by, sent) => on.beatAnswered.forEach((told) => void told(by, sent)),
    beatStored: (id, atMs) => on.beatStored.forEach((told) => void told(id, atMs)),
    buried: (id, atMs, gone) => on.buried.forEach((told) => void told(id, atMs, gone)),
    accepted: (file, tenant) => on.accepted.forEach((told) => void told(file, tenant)),
    shown: (file, tenant) => on.shown.forEach((told) => void told(file, tenant)),
    cancelTold: (file, askedAtMs) => on.cancelTold.forEach((told) => void told(file, askedAtMs)),
    messages: (lane, count) => on.messages.forEach((told) => void told(lane, count)),
    inbox: (entries) => on.inbox.forEach((told) => void told(entries)),
    drained: (drained) => on.drained.forEach((told) => void told(drained)),
  };
}
