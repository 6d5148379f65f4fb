/** Who calls: API keys by their digest, with a bounded cache so that a busy key is not a read for every request. */
import type { ApiKey } from "../contract/keys.ts";
import { limits } from "../contract/limits.ts";
import { apiKeyForm } from "../core/api-key.ts";
import { sha256 } from "../core/digest.ts";
import type { Clock } from "../ports/clock.ts";
import type { KeyStore } from "../ports/key-store.ts";
import { ExpiringMap } from "./expiring-map.ts";
import { type Refusal, refuse } from "./problem.ts";

type Known = { readonly kind: "known"; readonly key: ApiKey };

/**
 * Checks the key of a request. `check` gives the key, 401 when there is none that counts, 403 when its role is not enough.
 * A revoked key may count for `limits.keyCacheMs` in other processes; `forget` ends that in this one.
 */
export type Auth = {
  check(authorization: string | null, access: "tenant" | "operator"): Promise<Known | Refusal>;
  forget(key: ApiKey): void;
};

const unauthenticated = (detail: string, error = ""): Refusal =>
  refuse("unauthenticated", detail, { headers: { "www-authenticate": `Bearer realm="muster"${error}` } });

/** Auth over a key store. Wrong keys have a cache of their own: a flood of them cannot drive the good ones out. */
export function makeAuth({ keys, clock }: { readonly keys: KeyStore; readonly clock: Clock }): Auth {
  const options = { entries: limits.keyCacheEntries, ms: limits.keyCacheMs, clock };
  const good = new ExpiringMap<ApiKey>(options);
  const wrong = new ExpiringMap<true>(options);

  async function find(secret: string): Promise<ApiKey | undefined> {
    const hash = sha256(secret);
    const cached = good.get(hash);
    if (cached !== undefined || wrong.get(hash)) return cached;
    const found = await keys.find(hash);
    if (found === undefined || found.revokedAtMs !== undefined) wrong.set(hash, true);
    else good.set(hash, found);
    return good.get(hash);
  }

  return {
    forget: ({ hash }) => good.delete(hash),
    async check(authorization, access) {
      if (authorization === null) return unauthenticated("send Authorization: Bearer mk_... with an API key");
      const secret = /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? "";
      const key = apiKeyForm.test(secret) ? await find(secret) : undefined;
      if (key === undefined) return unauthenticated("this API key is not valid", ', error="invalid_token"');
      if (access === "operator" && key.role !== "operator") {
        return refuse("forbidden", "this needs a key with the role operator");
      }
      return { kind: "known", key };
    },
  };
}
