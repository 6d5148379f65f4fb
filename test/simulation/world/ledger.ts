/** The books behind the network of one process. */
import type { LedgerStore } from "../../../services/ports/ledger-store.ts";

/** One call of a process: `read` changes nothing, `write` may be applied although its answer is lost. */
type Caller = {
  read<T>(name: string, act: () => Promise<T>): Promise<T>;
  write<T>(name: string, act: () => Promise<T>): Promise<T>;
};

export function ledgerBehind(kept: LedgerStore, { read, write }: Caller): LedgerStore {
  return {
    keep: (page, complete) => write("ledger.keep", () => kept.keep(page, complete)),
    seal: (owner, hour, nowMs) => write("ledger.seal", () => kept.seal(owner, hour, nowMs)),
    complete: (owner, hour) => write("ledger.complete", () => kept.complete(owner, hour)),
    book: (owner, hour) => read("ledger.book", () => kept.book(owner, hour)),
    hour: (hour) => read("ledger.hour", () => kept.hour(hour)),
    late: (hour) => read("ledger.late", () => kept.late(hour)),
    changeLate: (hour, version, page) => write("ledger.changeLate", () => kept.changeLate(hour, version, page)),
    sheets: (day) => read("ledger.sheets", () => kept.sheets(day)),
    putHourSheet: (hour, cells) => write("ledger.putHourSheet", () => kept.putHourSheet(hour, cells)),
    putDaySheet: (day, cells) => write("ledger.putDaySheet", () => kept.putDaySheet(day, cells)),
    state: () => read("ledger.state", () => kept.state()),
    changeState: (version, state) => write("ledger.changeState", () => kept.changeState(version, state)),
  };
}
