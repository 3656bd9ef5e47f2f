import type { AppOctokit } from "../github/client/app-octokit.js";
import { PATH, readFile } from "../github/config/read-file.js";
import { ORGANIZATION_REPOSITORY } from "../github/config/sources.js";
import { type Finding, findingsOf, reasonOf } from "./finding.js";

const { ok, warn, fail } = findingsOf("organisation");

/** More would keep who asked waiting, and make many requests. */
const MAX_OWNERS = 20;

/** Whether the files that the operator named are there, and whether there are some that nobody named. */
export async function checkOrganizationConfig(
  github: AppOctokit,
  named: readonly string[],
): Promise<readonly Finding[]> {
  try {
    const installations = await github.app.paginate(github.app.rest.apps.listInstallations, { per_page: 100 });
    const owners = installations.flatMap(({ id, account, suspended_at }) =>
      account && "login" in account && !suspended_at ? [{ id, login: account.login }] : [],
    );
    const nowhere = named.filter((fullName) => !owners.some(({ login }) => isOf(fullName, login)));
    const findings = [
      ...nowhere.map((fullName) => fail(`${fullName} is named, and the App is not installed there`, INSTALL)),
      ...(await Promise.all(owners.slice(0, MAX_OWNERS).map((owner) => checkOwner(github, owner, named)))).flat(),
    ];
    if (findings.length > 0) return findings;
    return [ok(named.length > 0 ? named.join(", ") : "No file is for all repositories of an organisation")];
  } catch (error) {
    return [fail(`It could not be looked at: ${reasonOf(error)}`, "Try again")];
  }
}

const INSTALL = "Install the App on that repository, or take it out of LOOPFORGE_ORGANIZATION_CONFIG";

async function checkOwner(
  github: AppOctokit,
  { id, login }: { readonly id: number; readonly login: string },
  named: readonly string[],
): Promise<readonly Finding[]> {
  const fullName = named.find((one) => isOf(one, login));
  const [, repo = ORGANIZATION_REPOSITORY] = fullName?.split("/") ?? [];
  const { status } = await readFile(github.forInstallation(id), { owner: login, repo });
  const isThere = status === "file" || status === "unreadable";
  if (fullName === undefined && isThere) {
    return [
      warn(
        `${login}/${repo} has a ${PATH} that rules no other repository: it is not named`,
        `If it shall rule all of ${login}, add ${login}/${repo} to LOOPFORGE_ORGANIZATION_CONFIG`,
      ),
    ];
  }
  if (fullName !== undefined && !isThere) {
    return [fail(`${fullName} is named, and GitHub shows no ${PATH} in it`, `Write the file, or: ${INSTALL}`)];
  }
  return [];
}

function isOf(fullName: string, login: string): boolean {
  return fullName.toLowerCase().startsWith(`${login.toLowerCase()}/`);
}
