/** The key of a platform: itself, or who knows it (a secret that may change); asked before each call, so it must be quick. */
export type ApiKey = string | (() => Promise<string>);
