/** The stand-in of SQS and S3 (fauxqs) as a process of its own; see `serveEmulator`. */
import { serveEmulator } from "../emulator/serve-emulator.ts";
import { startQueue } from "./server.ts";

await serveEmulator(process, { name: "queue", start: startQueue });
