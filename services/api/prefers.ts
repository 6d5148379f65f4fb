/** The weight that a list of media types gives to one: of the most special range that covers it. Undefined: not acceptable. */
function weightOf(accept: string, media: string): number | undefined {
  const [kind] = media.split("/");
  const ranges = [media, `${kind}/*`, "*/*"];
  const found = accept.split(",").flatMap((part) => {
    const [range = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const rank = ranges.indexOf(range);
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    return rank < 0 ? [] : [{ rank, q: q === undefined ? 1 : Number(q.slice(2)) }];
  });
  const best = found.toSorted((a, b) => a.rank - b.rank || b.q - a.q)[0];
  return best !== undefined && best.q > 0 ? best.q : undefined;
}

/** Whether an `Accept` header asks for `media` rather than for `usual`. Equal weights, or none at all, mean the usual one. */
export function prefers(accept: string | undefined, media: string, usual: string): boolean {
  if (accept === undefined) return false;
  const [asked = 0, other = 0] = [weightOf(accept, media), weightOf(accept, usual)];
  return asked > other;
}
