/** What programs of the twin get of the user's environment: an allow-list, so that no secret of the user reaches a worker or an agent. */
import { apiEnv, controllerEnv, workerEnv } from "../contract/env.ts";
import type { Environment } from "./stand-ins.ts";

/** What programs need of any machine. On Windows names come in any case. */
const MACHINE = new Set([
  ...["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "LANGUAGE", "TZ", "USER", "LOGNAME", "SHELL", "TERM"],
  ...["SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA"],
  ...["NO_COLOR", "FORCE_COLOR", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"],
]);
/** What Node itself reads. By name: others begin theirs with it too (`NODE_AUTH_TOKEN`). */
const NODE = new Set([
  ...[
    "NODE_OPTIONS",
    "NODE_ENV",
    "NODE_PATH",
    "NODE_DEBUG",
    "NODE_NO_WARNINGS",
    "NODE_REDIRECT_WARNINGS",
    "NODE_ICU_DATA",
  ],
  ...["NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_USE_ENV_PROXY", "NODE_USE_SYSTEM_CA"],
  ...["NODE_COMPILE_CACHE", "NODE_DISABLE_COMPILE_CACHE", "NODE_DISABLE_COLORS", "NODE_V8_COVERAGE"],
]);
/** Languages, and the stand-ins' own. */
const PREFIXES = /^(LC|STUB|EMULATOR)_/;
/** Of ours what a program's schema names: a caller's `MUSTER_API_KEY` is none of it. */
const EVERY = new Set([
  ...Object.keys(controllerEnv.shape),
  ...Object.keys(apiEnv.shape).filter((name) => name.startsWith("MUSTER_")),
]);
const WORKER = new Set(Object.keys(workerEnv.shape));

const only = (env: Environment, allowed: (name: string) => boolean): Environment =>
  Object.fromEntries(Object.entries(env).filter(([name]) => allowed(name)));

const isOf = (name: string): boolean =>
  MACHINE.has(name.toUpperCase()) || NODE.has(name) || PREFIXES.test(name) || EVERY.has(name);

/** For every program. `account`: AWS is not embedded; what its clients read of credentials and settings is there too. */
export const childEnvironment = (env: Environment, account: boolean): Environment =>
  only(env, (name) => isOf(name) || (account && name.startsWith("AWS_") && !WORKER.has(name)));

/** What a worker has beside that: whatever its own schema names, which is how it reaches the model. */
export const workerEnvironment = (env: Environment): Environment => only(env, (name) => WORKER.has(name));
