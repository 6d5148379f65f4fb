/** What is real and what is a stand-in: decided once, from the environment and the flags. */

/** AWS as the twin uses it: embedded servers, another endpoint, or the account of the environment. */
export type AwsChoice =
  | { readonly kind: "embedded" }
  | { readonly kind: "endpoint"; readonly url: string }
  | { readonly kind: "account" };

/** Claude: the stub, or the real API (or whatever its base URL names). */
export type ClaudeChoice =
  | { readonly kind: "stub" }
  | { readonly kind: "api"; readonly key: string; readonly baseUrl: string | undefined };

/** What is real and what is a stand-in, and the environment that says so. */
export type StandIns = { readonly aws: AwsChoice; readonly claude: ClaudeChoice };
export type Environment = Readonly<Record<string, string | undefined>>;

const given = (text: string | undefined): string | undefined => (text === undefined || text === "" ? undefined : text);

/** `account`: the user asked for the real account by flag; an endpoint in the environment wins over it. */
export function standIns(env: Environment, account: boolean): StandIns {
  const url = given(env.AWS_ENDPOINT_URL);
  const key = given(env.ANTHROPIC_API_KEY);
  return {
    aws: url !== undefined ? { kind: "endpoint", url } : { kind: account ? "account" : "embedded" },
    claude: key === undefined ? { kind: "stub" } : { kind: "api", key, baseUrl: given(env.ANTHROPIC_BASE_URL) },
  };
}

/** One line each for a person. */
export function describe({ aws, claude }: StandIns): string[] {
  const awsLine = {
    embedded: () => "DynamoDB, SQS, S3   stand-ins on this machine (dynalite, fauxqs); no AWS account is used",
    endpoint: (url: string) => `DynamoDB, SQS, S3   ${url} (AWS_ENDPOINT_URL)`,
    account: () => "DynamoDB, SQS, S3   your AWS account: this costs money",
  }[aws.kind](aws.kind === "endpoint" ? aws.url : "");
  const claudeLine =
    claude.kind === "stub"
      ? "Claude              a stand-in that plays the agents; set ANTHROPIC_API_KEY for the real one"
      : `Claude              ${claude.baseUrl ?? "https://api.anthropic.com"} (ANTHROPIC_API_KEY): this costs money`;
  return ["Muster              real: API, controller, worker", awsLine, claudeLine];
}
