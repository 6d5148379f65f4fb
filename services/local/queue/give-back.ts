/** What of Fastify this needs: a hook before an answer is written, and a request made to itself. */
export type Fastify = {
  addHook(name: "onSend", hook: (request: Request, reply: unknown, payload: unknown) => Promise<unknown>): unknown;
  inject(request: { method: string; url: string; headers: Record<string, string>; payload: string }): Promise<unknown>;
};

type Request = {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  readonly raw: { readonly socket: { readonly destroyed: boolean } };
};

const TARGET = "x-amz-target";

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;

function receiptsIn(payload: unknown): string[] {
  const messages = typeof payload === "string" ? field(JSON.parse(payload), "Messages") : undefined;
  if (!Array.isArray(messages)) return [];
  return messages.map((message) => field(message, "ReceiptHandle")).filter((receipt) => typeof receipt === "string");
}

/**
 * A long poll whose client was killed goes on in fauxqs and takes the next messages; they would be hidden for one visibility
 * timeout. Here they are given back at once.
 */
export function giveBackToGoneClients(fastify: Fastify): void {
  fastify.addHook("onSend", async (request, _reply, payload) => {
    if (!request.raw.socket.destroyed || request.headers[TARGET] !== "AmazonSQS.ReceiveMessage") return payload;
    const Entries = receiptsIn(payload).map((ReceiptHandle, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout: 0,
    }));
    if (Entries.length > 0)
      await fastify.inject({
        method: "POST",
        url: "/",
        headers: { [TARGET]: "AmazonSQS.ChangeMessageVisibilityBatch", "content-type": "application/x-amz-json-1.0" },
        payload: JSON.stringify({ QueueUrl: field(request.body, "QueueUrl"), Entries }),
      });
    return payload;
  });
}
