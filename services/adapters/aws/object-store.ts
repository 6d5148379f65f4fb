/** Objects in a bucket. The S3 client is loaded at the first use: most processes never touch an object. */
import type { S3Client } from "@aws-sdk/client-s3";
import type { ObjectStore } from "../../ports/object-store.ts";
import { call, errorName, failed } from "./call.ts";

/** The object store over S3. `s3` is asked once. */
export function s3ObjectStore({ s3, bucket }: { s3: () => Promise<S3Client>; bucket: string }): ObjectStore {
  let loading: ReturnType<typeof load> | undefined;
  const load = async () => ({ client: await s3(), sdk: await import("@aws-sdk/client-s3") });
  const loaded = () => {
    loading ??= load();
    return loading;
  };

  return {
    async put(key, text) {
      const { client, sdk } = await loaded();
      const input = { Bucket: bucket, Key: key, Body: text, ContentType: "text/plain; charset=utf-8" };
      await call(`PutObject ${key}`, client.send(new sdk.PutObjectCommand(input)));
    },
    async get(key) {
      const { client, sdk } = await loaded();
      try {
        const answer = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
        if (!answer.Body) throw new Error("the answer has no body");
        return await answer.Body.transformToString("utf-8");
      } catch (cause) {
        if (errorName(cause) === "NoSuchKey") return undefined;
        throw failed(`GetObject ${key}`, cause);
      }
    },
  };
}
