/** Calls to the AWS account, whose failures are the user's to mend. */
import type { Account } from "../../ports/account.ts";
import type { CliContext } from "../context.ts";
import { CliFailure } from "../failure.ts";

const REGION = /region is missing/i;
const CREDENTIALS = /credential|token|ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature/i;
const DENIED = /AccessDenied|not authorized|Unauthorized/i;

/** What to do about an error of the SDK. */
function mendOf(text: string): string {
  if (REGION.test(text)) return "set AWS_REGION to the Region of the installation";
  if (DENIED.test(text)) return "use credentials that may do this: those that deployed the stacks can";
  if (CREDENTIALS.test(text))
    return "sign in to AWS (aws sso login, AWS_PROFILE), or set AWS_ACCESS_KEY_ID and its secret";
  return "check AWS_REGION and the network; the same command can be run again";
}

/** Asks the account; throws `CliFailure` (`aws`) where the SDK fails. */
export async function askAccount<T>(context: CliContext, ask: (account: Account) => Promise<T>): Promise<T> {
  try {
    return await ask(await context.account());
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const inner = cause.cause instanceof Error ? `: ${cause.cause.message}` : "";
    const text = `${cause.message}${inner}`;
    throw new CliFailure("aws", `AWS: ${text}`, { fix: mendOf(text), cause });
  }
}
