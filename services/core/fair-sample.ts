/**
 * `size` of the items, in their order, each as likely to be among them as any other; all of them when there are no more.
 * `fraction` draws from [0, 1), once for each item. Pure but for the draws.
 */
export function fairSample<T>(items: readonly T[], size: number, fraction: () => number): T[] {
  const picked: T[] = [];
  for (const [i, item] of items.entries()) {
    const wanted = size - picked.length;
    if (fraction() * (items.length - i) < wanted) picked.push(item);
  }
  return picked;
}
