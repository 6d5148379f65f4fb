/** API keys: one partition, small and seldom written. */
import { type ApiKey, apiKey } from "../../contract/keys.ts";
import { apiKeyPartition, keys, table } from "../../contract/tables.ts";
import type { KeyStore } from "../../ports/key-store.ts";
import { attribute, fromItem, type Item, toItem } from "./item.ts";
import type { TableIo } from "./table-io.ts";

const parse = (item: Item): ApiKey => apiKey.parse(fromItem(item));

/** The key store over DynamoDB. */
export function dynamoKeyStore(io: TableIo): KeyStore {
  return {
    async find(hash) {
      const item = await io.get(keys.apiKey(hash));
      return item && parse(item);
    },
    put: (key) => io.put(toItem({ ...keys.apiKey(key.hash), ...key })),
    async list() {
      const all: ApiKey[] = [];
      const pages = io.pages({
        KeyConditionExpression: `${table.pk} = :pk`,
        ExpressionAttributeValues: { ":pk": attribute(apiKeyPartition) },
        ConsistentRead: true,
      });
      for await (const page of pages) all.push(...page.map(parse));
      return all;
    },
  };
}
