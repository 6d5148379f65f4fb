/** CPU that a process has used. */
export interface CpuGauge {
  /** Milliseconds since its start, of all its threads together. */
  usedMs(): number;
}
