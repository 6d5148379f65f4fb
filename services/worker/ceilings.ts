/**
 * How much of each budget this worker may draw by what its beats said. The store has the last acknowledged beat or one that was sent
 * after it; whoever buries the worker gives back what lies above the ceilings of that beat, so the lowest of them all holds.
 */
import type { BudgetId } from "../contract/budgets.ts";
import { limits } from "../contract/limits.ts";

type Said = { readonly counter: number; readonly ceilings: ReadonlyMap<BudgetId, number> };

/** The lower of two statements; what one of them does not name is not drawn from. */
function lower(a: Said, b: Said): Said {
  const both = [...a.ceilings].flatMap(([id, most]): [BudgetId, number][] => {
    const other = b.ceilings.get(id);
    return other === undefined ? [] : [[id, Math.min(most, other)]];
  });
  return { counter: b.counter, ceilings: new Map(both) };
}

export class Ceilings {
  #said: Said[] = [];
  #acknowledged = false;

  /** The beat of this number leaves now. */
  say(counter: number, ceilings: ReadonlyMap<BudgetId, number>): void {
    this.#said.push({ counter, ceilings });
    const [first, second, third] = this.#said;
    // Many beats without an answer: those between the acknowledged one and the last count as one.
    if (this.#said.length <= limits.beatsRemembered || first === undefined) return;
    if (second !== undefined && third !== undefined) this.#said.splice(1, 2, lower(second, third));
  }

  acknowledged(counter: number): void {
    this.#said = this.#said.filter((one) => one.counter >= counter);
    this.#acknowledged = true;
  }

  /** Undefined: not every beat that the store may have names the budget, so nothing of it may be leased or drawn. */
  of(id: BudgetId): number | undefined {
    if (!this.#acknowledged) return undefined;
    const all = this.#said.map(({ ceilings }) => ceilings.get(id));
    const known = all.filter((ceiling) => ceiling !== undefined);
    return known.length < all.length || known.length === 0 ? undefined : Math.min(...known);
  }
}
