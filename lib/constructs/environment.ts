/** What constructs hand to the entries: parts of the environment contract, so that a wrong name does not compile. */
import type { controllerEnv, EnvOf } from "../../services/contract/env.ts";

type Shared = EnvOf<typeof controllerEnv>;

/** Some variables of the environment that every entry shares. */
export type EnvPart<K extends keyof Shared> = { readonly [P in K]: Exclude<Shared[P], undefined> };
