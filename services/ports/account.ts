/** The AWS account of whoever runs the command line, asked with their own rights: what an installation needs besides its API. */
import type { KeyStore } from "./key-store.ts";

/** A stack as CloudFormation tells of it. */
export type StackView = {
  readonly name: string;
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
};

/** What a secret holds, without telling it: nothing that looks like a key of the Claude API, one, or there is no such secret. */
export type SecretState = "absent" | "other" | "key";

/** An image: it is there, is there for other processors than workers have, is not, or its registry is not one that can be asked. */
export type ImageState = "there" | "other-platform" | "absent" | "elsewhere";

/** Which quota: AWS's names for it. */
export type QuotaName = { readonly service: string; readonly code: string };

/** Every call throws an `Error` with the SDK's error as its cause where AWS does not answer, or refuses. */
export type Account = {
  /** Undefined when there is no stack of that name. */
  stack(name: string): Promise<StackView | undefined>;
  /** The quota as it applies to the account; undefined when AWS does not tell. */
  quota(name: QuotaName): Promise<number | undefined>;
  hasRole(name: string): Promise<boolean>;
  secret(id: string): Promise<SecretState>;
  image(uri: string): Promise<ImageState>;
  /** API keys in a table. */
  keys(table: string): Promise<KeyStore>;
};
