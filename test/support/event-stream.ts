/** Frames of the binary event stream of AWS, as Bedrock's runtime sends them. */
import { crc32 } from "node:zlib";

const STRING = 7;

function header(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([
    Buffer.from([Buffer.byteLength(name)]),
    Buffer.from(name),
    Buffer.from([STRING]),
    length,
    Buffer.from(value),
  ]);
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

function frame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const body = Buffer.from(payload);
  const prelude = Buffer.concat([uint32(16 + head.length + body.length), uint32(head.length)]);
  const checked = Buffer.concat([prelude, uint32(crc32(prelude)), head, body]);
  return Buffer.concat([checked, uint32(crc32(checked))]);
}

const JSON_TYPE = { ":content-type": "application/json" };

/** An event of the Messages API in a frame. */
export const chunkFrame = (event: object): Buffer =>
  frame(
    { ":message-type": "event", ":event-type": "chunk", ...JSON_TYPE },
    JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString("base64") }),
  );

/** An exception in mid-stream. */
export const exceptionFrame = (name: string, message: string): Buffer =>
  frame({ ":message-type": "exception", ":exception-type": name, ...JSON_TYPE }, JSON.stringify({ message }));
