/** DynamoDB's stand-in (dynalite) as a process of its own; see `serveEmulator`. */
import { serveEmulator } from "../emulator/serve-emulator.ts";
import { startDynamodb } from "./server.ts";

await serveEmulator(process, { name: "dynamodb", start: startDynamodb });
