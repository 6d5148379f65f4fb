/** The `Date` header of DynamoDB's answers, which the SDK does not hand on. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { z } from "zod";

const dated = z.object({ headers: z.object({ date: z.string() }) });

const dates = new WeakMap<object, number>();
const watched = new WeakSet<DynamoDBClient>();

/** Keeps the date of every successful answer of a client; once for each client. */
export function keepDates(client: DynamoDBClient): void {
  if (watched.has(client)) return;
  watched.add(client);
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { data } = dated.safeParse(result.response);
      const date = Date.parse(data?.headers.date ?? "");
      if (Number.isFinite(date) && result.output !== undefined) dates.set(result.output, date);
      return result;
    },
    { step: "deserialize", name: "keepDates", priority: "high" },
  );
}

/** When the server says that it gave this answer, in milliseconds since 1970 (whole seconds); undefined if it did not say. */
export const dateOf = (output: object): number | undefined => dates.get(output);
