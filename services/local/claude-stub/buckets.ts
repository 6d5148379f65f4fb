/** Rate limits: one set of continuously refilled token buckets for each model class. Times are epoch milliseconds. */
import { MINUTE } from "../../contract/units.ts";

/** Limits of one model class. */
export interface ClassLimits {
  readonly requestsPerMinute: number;
  readonly inputTokensPerMinute: number;
  readonly outputTokensPerMinute: number;
  /** Seconds of rate that a full bucket holds: 60 lets a whole minute's share go at once. */
  readonly burstSeconds: number;
}

/** Limits that nothing on one machine reaches. */
export const UNLIMITED: ClassLimits = {
  requestsPerMinute: 1e9,
  inputTokensPerMinute: 1e12,
  outputTokensPerMinute: 1e12,
  burstSeconds: 60,
};

/** Whether a call may start. */
export type Admission =
  | { readonly kind: "admitted" }
  | { readonly kind: "limited"; readonly by: string; readonly limit: number; readonly retryAfterS: number };

interface Bucket {
  readonly name: string;
  limit: number;
  capacity: number;
  level: number;
  at: number;
}

function refill(bucket: Bucket, now: number): void {
  const gained = (Math.max(0, now - bucket.at) * bucket.limit) / MINUTE;
  bucket.level = Math.min(bucket.capacity, bucket.level + gained);
  bucket.at = Math.max(bucket.at, now);
}

/** Milliseconds until the bucket holds `need`; a need above its capacity waits for a full bucket. */
function waitMs(bucket: Bucket, need: number): number {
  const missing = Math.min(need, bucket.capacity) - bucket.level;
  return missing <= 0 ? 0 : (missing * MINUTE) / bucket.limit;
}

/** The buckets of all model classes. */
export class RateLimits {
  readonly #classes = new Map<string, readonly [Bucket, Bucket, Bucket]>();
  readonly #limits = new Map<string, ClassLimits>();

  /** Sets limits for a class, or for every class without its own with "*". Its buckets start full again. */
  set(modelClass: string, limits: ClassLimits): void {
    this.#limits.set(modelClass, limits);
    if (modelClass === "*") this.#classes.clear();
    else this.#classes.delete(modelClass);
  }

  /** Fills every bucket. */
  refillAll(): void {
    this.#classes.clear();
  }

  /** Limits in force, by class. */
  all(): Readonly<Record<string, ClassLimits>> {
    return Object.fromEntries(this.#limits);
  }

  /** Takes one request and its uncached input tokens, or says which bucket is short and for how long. */
  admit(modelClass: string, inputTokens: number, now: number): Admission {
    const [requests, input, output] = this.#of(modelClass, now);
    const waits: readonly [Bucket, number][] = [
      [requests, waitMs(requests, 1)],
      [input, waitMs(input, inputTokens)],
      [output, waitMs(output, 1)],
    ];
    let worst = waits[0];
    for (const wait of waits) if (worst === undefined || wait[1] > worst[1]) worst = wait;
    if (worst !== undefined && worst[1] > 0) {
      const [{ name, limit }, ms] = worst;
      return { kind: "limited", by: name, limit, retryAfterS: Math.max(1, Math.ceil(ms / 1000)) };
    }
    requests.level -= 1;
    input.level -= inputTokens;
    return { kind: "admitted" };
  }

  /** Charges the output tokens that were generated; the bucket may go below zero. */
  settle(modelClass: string, outputTokens: number, now: number): void {
    this.#of(modelClass, now)[2].level -= outputTokens;
  }

  /** The `anthropic-ratelimit-*` headers of a class. */
  headers(modelClass: string, now: number): Record<string, string> {
    const headers: Record<string, string> = {};
    const buckets = this.#of(modelClass, now);
    for (const bucket of buckets) write(headers, bucket.name, bucket.limit, bucket, now);
    const [, input, output] = buckets;
    const tightest = input.level / input.capacity <= output.level / output.capacity ? input : output;
    write(headers, "tokens", input.limit + output.limit, tightest, now);
    return headers;
  }

  #of(modelClass: string, now: number): readonly [Bucket, Bucket, Bucket] {
    const known = this.#classes.get(modelClass);
    if (known !== undefined) {
      for (const bucket of known) refill(bucket, now);
      return known;
    }
    const limits = this.#limits.get(modelClass) ?? this.#limits.get("*") ?? UNLIMITED;
    const bucket = (name: string, limit: number): Bucket => {
      const capacity = Math.max(1, (limit * limits.burstSeconds) / 60);
      return { name, limit, capacity, level: capacity, at: now };
    };
    const made = [
      bucket("requests", limits.requestsPerMinute),
      bucket("input-tokens", limits.inputTokensPerMinute),
      bucket("output-tokens", limits.outputTokensPerMinute),
    ] as const;
    this.#classes.set(modelClass, made);
    return made;
  }
}

let lastSecond = -1;
let lastText = "";

/** RFC 3339 time of the next whole second at or after `ms`; most calls of one second ask for the same text. */
function timeText(ms: number): string {
  const second = Math.ceil(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  }
  return lastText;
}

function write(headers: Record<string, string>, name: string, limit: number, bucket: Bucket, now: number): void {
  const level = Math.max(0, bucket.level);
  const remaining = name === "requests" ? Math.floor(level) : Math.round(level / 1000) * 1000;
  headers[`anthropic-ratelimit-${name}-limit`] = String(limit);
  headers[`anthropic-ratelimit-${name}-remaining`] = String(remaining);
  headers[`anthropic-ratelimit-${name}-reset`] = timeText(now + waitMs(bucket, bucket.capacity));
}
