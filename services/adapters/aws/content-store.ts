/** Texts under their digest. The frozen agent comes with every submit, so a process does not store a text twice soon. */
import type { Digest } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { keys, objects as objectKeys } from "../../contract/tables.ts";
import type { ContentStore } from "../../ports/content-store.ts";
import type { ObjectStore } from "../../ports/object-store.ts";
import type { TableIo } from "./table-io.ts";
import { expiryOf, textItem, textOf } from "./text-item.ts";

type Stored = { readonly atMs: number; readonly done: Promise<void> };

/** The content store over DynamoDB, large texts in `objects`. */
export function dynamoContentStore(io: TableIo, objects: ObjectStore): ContentStore {
  /** Least recently used first. */
  const recent = new Map<Digest, Stored>();

  async function store(digest: Digest, text: string, nowMs: number): Promise<void> {
    const place = { key: keys.content(digest), objectKey: objectKeys.content(digest) };
    // Later by the time that a put may be left out, so that it is kept as long as if it had been put again.
    const expiresAt = expiryOf(nowMs + limits.contentRefreshMs);
    await io.put(await textItem(objects, { ...place, text, expiresAt }));
  }

  function put(digest: Digest, text: string, nowMs: number): Promise<void> {
    const known = recent.get(digest);
    recent.delete(digest);
    const fresh = known !== undefined && Math.abs(nowMs - known.atMs) < limits.contentRefreshMs;
    const entry = fresh ? known : { atMs: nowMs, done: store(digest, text, nowMs) };
    recent.set(digest, entry);
    if (!fresh) entry.done.catch(() => recent.get(digest) === entry && recent.delete(digest));
    for (const oldest of recent.keys()) {
      if (recent.size <= limits.contentRememberMax) break;
      recent.delete(oldest);
    }
    return entry.done;
  }

  return {
    async put(texts, nowMs) {
      await Promise.all(texts.map(({ digest, text }) => put(digest, text, nowMs)));
    },
    async get(digest) {
      const item = await io.get(keys.content(digest));
      return item && textOf(objects, item);
    },
  };
}
