/** One message of the stream as the event that it is. */
import type { EventSourceMessage } from "eventsource-parser";
import { type StreamEvent, streamEvents } from "../../contract/stream.ts";
import { parseJson } from "../api/answer.ts";
import { CliFailure } from "../failure.ts";

/** Checks an event; undefined for kinds that this version does not know. Throws `CliFailure` when it breaks the contract. */
export function eventOf({ event, id, data }: EventSourceMessage): StreamEvent | undefined {
  const value = parseJson(data);
  const place = id === undefined || id === "" ? {} : { id };
  const wrong = (cause: Error): never => {
    throw new CliFailure("not-the-contract", `event ${event} ${id ?? ""}: ${cause.message}`, { cause });
  };
  // One branch for each kind: only so the compiler knows which data belongs to which name.
  switch (event) {
    case "run.accepted": {
      const read = streamEvents[event].safeParse(value);
      return read.success ? { event, ...place, data: read.data } : wrong(read.error);
    }
    case "tool.result": {
      const read = streamEvents[event].safeParse(value);
      return read.success ? { event, ...place, data: read.data } : wrong(read.error);
    }
    case "turn.committed": {
      const read = streamEvents[event].safeParse(value);
      return read.success ? { event, ...place, data: read.data } : wrong(read.error);
    }
    case "run.ended": {
      const read = streamEvents[event].safeParse(value);
      return read.success ? { event, ...place, data: read.data } : wrong(read.error);
    }
    case "live": {
      const read = streamEvents[event].safeParse(value);
      return read.success ? { event, ...place, data: read.data } : wrong(read.error);
    }
    default:
      return undefined;
  }
}
