/** Memory of the machine that a process shares with others. */
export interface MemoryGauge {
  /** Part of the memory found that is in use, 0 to 1; undefined where nobody can say. */
  usedShare(): number | undefined;
}
