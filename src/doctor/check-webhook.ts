import type { AppClient } from "../github/client/app-octokit.js";
import { WEBHOOK_PATH } from "../server/ingest.js";
import { type Finding, findingsOf, reasonOf } from "./finding.js";

const { ok, warn, fail } = findingsOf("webhook");

/** Whether GitHub delivers, where to, and how. */
export async function checkWebhook(app: AppClient): Promise<readonly Finding[]> {
  try {
    const { data } = await app.rest.apps.getWebhookConfigForApp();
    const findings = [
      ...checkUrl(data.url ?? ""),
      ...(data.content_type === "json"
        ? []
        : [fail(`Its content type is ${data.content_type ?? "form"}`, "Set it to application/json")]),
      ...(data.secret
        ? []
        : [
            fail("It has no secret, so that anybody could deliver", "Set WEBHOOK_SECRET's value in the App's settings"),
          ]),
      ...(Number(data.insecure_ssl ?? 0) === 0
        ? []
        : [warn("GitHub does not check the server's certificate", "Enable SSL verification in the App's settings")]),
    ];
    return findings.length > 0 ? findings : [ok(`GitHub delivers to ${data.url}`)];
  } catch (error) {
    return [fail(`GitHub does not say how it is set up: ${reasonOf(error)}`, "Check that the App's webhook is active")];
  }
}

function checkUrl(text: string): readonly Finding[] {
  if (!URL.canParse(text)) {
    return [
      fail("It has no URL", `Set one in the App's settings: where GitHub reaches LoopForge, and ${WEBHOOK_PATH}`),
    ];
  }
  const { protocol, hostname, pathname } = new URL(text);
  const findings: Finding[] = [];
  if (pathname !== WEBHOOK_PATH) {
    findings.push(fail(`Its URL is ${text}`, `It has to end in ${WEBHOOK_PATH}`));
  }
  if (/^(localhost|127\..*|\[::1\]|0\.0\.0\.0)$/.test(hostname)) {
    findings.push(warn(`Its URL is ${text}`, "GitHub cannot reach this machine by that name: use a public one"));
  } else if (protocol !== "https:") {
    findings.push(warn(`Its URL is ${text}`, "Use https: everybody on the way can read along"));
  }
  return findings;
}
