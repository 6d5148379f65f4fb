/**
 * A store did not answer, or said that it cannot now: asking again later may help, and who asked has done nothing wrong. What a
 * store refuses because of the request itself is no outage.
 */
export class StoreOutage extends Error {
  override readonly name = "StoreOutage";
}
