import { verify } from "@octokit/webhooks-methods";
import type { Logger } from "pino";

/** Whether a signature is one of this text. */
export type Verifier = (text: string, signature: string) => Promise<boolean>;

interface Secrets {
  readonly webhookSecret: string;
  readonly previousSecret?: string;
  readonly log: Pick<Logger, "warn">;
}

/**
 * Verifies signatures by the secret, and by the one before while there is one. Both are always tried: how long it takes does not say
 * which of them fitted. The first time that the old one was needed is logged, for until then it cannot be taken away.
 */
export function createVerifier({ webhookSecret, previousSecret, log }: Secrets): Verifier {
  if (previousSecret === undefined) return (text, signature) => verify(webhookSecret, text, signature);
  let isSaid = false;
  return async (text, signature) => {
    const [isCurrent, isPrevious] = await Promise.all([
      verify(webhookSecret, text, signature),
      verify(previousSecret, text, signature),
    ]);
    if (isPrevious && !isCurrent && !isSaid) {
      isSaid = true;
      log.warn(
        "A delivery was signed with WEBHOOK_SECRET_PREVIOUS: GitHub still has the old secret. Set the new one in the App's settings",
      );
    }
    return isCurrent || isPrevious;
  };
}
