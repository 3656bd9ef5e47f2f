import type { AppClient } from "../github/client/app-octokit.js";
import { type Finding, findingsOf, reasonOf } from "./finding.js";
import { comparePermissions, type Manifest } from "./manifest.js";

const { ok, warn, fail } = findingsOf("installations");

/** Where the App is installed, and whether those there have accepted what it needs now. */
export async function checkInstallations(app: AppClient, { permissions }: Manifest): Promise<readonly Finding[]> {
  try {
    const installations = await app.paginate(app.rest.apps.listInstallations, { per_page: 100 });
    if (installations.length === 0) {
      return [fail("The App is installed nowhere", "Install it on your organisation: the App's settings, Install App")];
    }
    const findings = installations.flatMap(({ account, html_url, suspended_at, permissions: given }) => {
      const { missing } = comparePermissions(given, permissions);
      const name = account && "login" in account ? account.login : html_url;
      if (suspended_at) return [warn(`${name} has suspended the App`, `Lift it at ${html_url}`)];
      if (missing.length === 0) return [];
      return [fail(`${name} has not accepted ${missing.join(", ")}`, `An owner accepts it at ${html_url}`)];
    });
    return findings.length > 0 ? findings : [ok(`${installations.length}, with all permissions`)];
  } catch (error) {
    return [fail(`They cannot be listed: ${reasonOf(error)}`, "Try again")];
  }
}
