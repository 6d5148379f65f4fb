/** POST and GET /v1/keys, DELETE /v1/keys/{id} */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { createdKey, createKey, keyList, keyView } from "../../contract/http.ts";
import type { ApiKey } from "../../contract/keys.ts";
import { apiKeyBytes, apiKeyOf, storedKey } from "../../core/api-key.ts";
import { refuse } from "../problem.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { isoTime } from "../view.ts";
import { exampleCreatedKey, exampleKey } from "./examples.ts";

const keyViewOf = ({ id, tenant, role, name, createdAtMs, revokedAtMs }: ApiKey): z.infer<typeof keyView> => ({
  id,
  tenant,
  role,
  name,
  createdAt: isoTime(createdAtMs),
  ...(revokedAtMs === undefined ? {} : { revokedAt: isoTime(revokedAtMs) }),
});

export const createApiKey = defineRoute({
  ...takesNothing,
  method: "POST",
  path: "/v1/keys",
  operation: "createKey",
  access: "operator",
  summary: "Make an API key; the key itself is shown in this answer and never again",
  body: only(createKey),
  answers: { 201: { what: "The key", schema: createdKey, example: exampleCreatedKey } },
  refusals: [],
  handle: async ({ keys, clock }, { body }) => {
    const secret = apiKeyOf(randomBytes(apiKeyBytes));
    const key = storedKey(secret, body, clock.nowMs());
    await keys.put(key);
    return json({ ...keyViewOf(key), key: secret }, 201);
  },
});

export const listKeys = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/keys",
  operation: "listKeys",
  access: "operator",
  summary: "All API keys, revoked ones included",
  answers: { 200: { what: "The keys", schema: keyList, example: { keys: [exampleKey] } } },
  refusals: [],
  handle: async ({ keys }) => {
    const all = (await keys.list()).toSorted((a, b) => a.createdAtMs - b.createdAtMs);
    return json({ keys: all.map(keyViewOf) });
  },
});

export const revokeKey = defineRoute({
  ...takesNothing,
  method: "DELETE",
  path: "/v1/keys/{id}",
  operation: "revokeKey",
  access: "operator",
  summary: "Revoke an API key; it stops counting within 30 seconds",
  params: only(z.object({ id: z.string().max(100) })),
  answers: { 200: { what: "The revoked key", schema: keyView, example: exampleKey } },
  refusals: ["key-not-found"],
  handle: async ({ keys, clock, auth }, { params }) => {
    const found = (await keys.list()).find((key) => key.id === params.id);
    if (found === undefined) return refuse("key-not-found", "GET /v1/keys lists the keys that there are");
    const revoked = { ...found, revokedAtMs: found.revokedAtMs ?? clock.nowMs() };
    await keys.put(revoked);
    auth.forget(revoked);
    return json(keyViewOf(revoked));
  },
});
