import type { AppClient } from "../github/client/app-octokit.js";
import { type Finding, findingsOf, reasonOf } from "./finding.js";
import { comparePermissions, type Manifest, manifestAt } from "./manifest.js";

const CLOCK_WARN_SECONDS = 30;
/** GitHub allows a token's times to be a minute off. */
const CLOCK_FAIL_SECONDS = 60;

const credentials = findingsOf("credentials");
const clockCheck = findingsOf("clock");
const permissionCheck = findingsOf("permissions");
const eventCheck = findingsOf("events");

/** What came of asking for the App, and what the other checks may ask of it. */
export interface AppCheck {
  readonly findings: readonly Finding[];
  /** As far as this server knows of what is in it. */
  readonly manifest: Manifest;
}

/** The App as GitHub knows it: its credentials, its permissions and events, and whether the two clocks agree. */
export async function checkApp(app: AppClient, manifest: Manifest, clock: () => Date): Promise<AppCheck> {
  try {
    const { data, headers } = await app.rest.apps.getAuthenticated();
    const version = headers["x-github-enterprise-version"];
    const needed = manifestAt(typeof version === "string" ? version : undefined, manifest);
    const findings = [
      credentials.ok(`GitHub knows this App as ${data?.name} (${data?.html_url})`),
      checkClock(headers.date, clock()),
      ...checkPermissions(data?.permissions ?? {}, needed),
      ...checkEvents(data?.events ?? [], needed),
    ];
    return { findings, manifest: needed };
  } catch (error) {
    return { findings: [refused(error)], manifest };
  }
}

function refused(error: unknown): Finding {
  const status = error instanceof Error && "status" in error ? error.status : null;
  const reason = reasonOf(error);
  if (status === 401) {
    return credentials.fail(
      `GitHub refuses the App's credentials: ${reason}`,
      "APP_ID and PRIVATE_KEY must be of the same App: generate a new private key in the App's settings",
    );
  }
  return credentials.fail(
    `GitHub could not be asked: ${reason}`,
    "Check the network, and GHE_HOST and GHE_PROTOCOL, or GITHUB_API_URL, if it is not github.com",
  );
}

function checkClock(date: string | undefined, now: Date): Finding {
  const github = Date.parse(date ?? "");
  if (Number.isNaN(github)) return clockCheck.warn("GitHub did not say what time it is", "Compare the clock by hand");
  const seconds = Math.round(Math.abs(github - now.getTime()) / 1000);
  if (seconds <= CLOCK_WARN_SECONDS) return clockCheck.ok(`The clock is ${seconds} s from GitHub's`);
  const message = `The clock is ${seconds} s ${now.getTime() > github ? "ahead of" : "behind"} GitHub's`;
  const advice = "Let the machine set its clock by NTP: GitHub refuses tokens that are from the future or too old";
  return seconds > CLOCK_FAIL_SECONDS ? clockCheck.fail(message, advice) : clockCheck.warn(message, advice);
}

function checkPermissions(given: Parameters<typeof comparePermissions>[0], { permissions }: Manifest): Finding[] {
  const { missing, spare } = comparePermissions(given, permissions);
  const findings: Finding[] = [];
  if (missing.length > 0) {
    findings.push(
      permissionCheck.fail(
        `The App lacks ${missing.join(", ")}`,
        "Grant it in the App's settings (Permissions & events), then accept it for each installation",
      ),
    );
  }
  if (spare.length > 0) {
    findings.push(
      permissionCheck.warn(
        `The App has more than it needs: ${spare.join(", ")}`,
        "Take it away in the App's settings: app.yml names all that is used",
      ),
    );
  }
  return findings.length > 0 ? findings : [permissionCheck.ok("Exactly those of app.yml")];
}

function checkEvents(given: readonly string[], { events }: Manifest): Finding[] {
  const missing = events.filter((event) => !given.includes(event));
  const spare = given.filter((event) => !events.includes(event));
  const findings: Finding[] = [];
  if (missing.length > 0) {
    findings.push(
      eventCheck.fail(
        `The App is not subscribed to ${missing.join(", ")}`,
        "Subscribe it in the App's settings (Permissions & events)",
      ),
    );
  }
  if (spare.length > 0) {
    findings.push(
      eventCheck.warn(
        `The App is subscribed to events that say nothing to it: ${spare.join(", ")}`,
        "Take them off in the App's settings: they are only counted",
      ),
    );
  }
  return findings.length > 0 ? findings : [eventCheck.ok("Exactly those of app.yml")];
}
