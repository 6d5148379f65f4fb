/** Reads a JSON body with bounds on its bytes and its depth. */
import { limits } from "../contract/limits.ts";
import { type Refusal, refuse } from "./problem.ts";

type Text = { readonly kind: "text"; readonly text: string };
type Body = { readonly kind: "body"; readonly value: unknown };

const tooLarge = (): Refusal =>
  refuse("body-too-large", `a body has at most ${limits.bodyBytes} bytes; send fewer runs at once or shorter inputs`);

/** The body as text; counts while reading, so that a missing or wrong Content-Length changes nothing. */
async function readText(request: Request): Promise<Text | Refusal> {
  if (Number(request.headers.get("content-length") ?? 0) > limits.bodyBytes) return tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limits.bodyBytes) return tooLarge();
    chunks.push(chunk);
  }
  try {
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return refuse("malformed-json", "the body is not UTF-8 text");
  }
}

/** Whether arrays and objects lie in each other deeper than `limits.jsonDepth`; without recursion. */
function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.jsonDepth) return true;
    level = level.flatMap((part) => (typeof part === "object" && part !== null ? Object.values(part) : []));
  }
  return false;
}

/** The JSON value of a request's body, or why there is none: 413, 415 or 400. */
export async function readBody(request: Request): Promise<Body | Refusal> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json") {
    const got = type === "" ? "no Content-Type" : `Content-Type ${type.slice(0, limits.fieldChars)}`;
    return refuse("unsupported-media-type", `the request has ${got}; send Content-Type: application/json`);
  }
  const read = await readText(request);
  if (read.kind === "refused") return read;
  try {
    const value: unknown = JSON.parse(read.text);
    if (!isTooDeep(value)) return { kind: "body", value };
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, limits.fieldChars) : "";
    return refuse("malformed-json", `the body is not JSON: ${why}`);
  }
  return refuse("malformed-json", `the body nests deeper than ${limits.jsonDepth} levels; make it flatter`);
}
