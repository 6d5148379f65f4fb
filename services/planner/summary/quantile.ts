/** The value below which a part of sorted values lies (nearest rank); undefined when there are none. */
export function quantile(sorted: Float32Array, part: number): number | undefined {
  return sorted.length === 0
    ? undefined
    : sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * part) - 1))];
}
