/** The events of one streamed answer, as they come. */
import type { Readable } from "node:stream";
import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import { createParser } from "eventsource-parser";
import { z } from "zod";

/** How a stream ended: by itself, or by an error event of the API in the middle of it. */
export type StreamEnd =
  | { readonly kind: "ended" }
  | { readonly kind: "error-event"; readonly type: string; readonly message: string };

const errorEvent = z.object({ error: z.looseObject({ type: z.string(), message: z.string().default("") }) });

/** Reads until the end or the first error event; rejects when the connection is cut or destroyed. */
export function readEvents(body: Readable, take: (event: RawMessageStreamEvent) => void): Promise<StreamEnd> {
  const { promise, resolve, reject } = Promise.withResolvers<StreamEnd>();
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === "error") {
        const { error } = errorEvent.parse(JSON.parse(data));
        resolve({ kind: "error-event", type: error.type, message: error.message });
        body.destroy();
      } else if (event !== "ping") take(JSON.parse(data));
    },
  });
  body.setEncoding("utf8");
  body.on("data", (text: string) => {
    try {
      parser.feed(text);
    } catch (error) {
      reject(error);
      body.destroy();
    }
  });
  body.once("end", () => resolve({ kind: "ended" }));
  body.once("error", reject);
  body.once("close", () => reject(new Error("the connection was closed in the middle of the answer")));
  return promise;
}
