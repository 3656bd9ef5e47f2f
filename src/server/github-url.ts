import { z } from "zod";

/** Where GitHub's REST API is, as far as the environment says. */
export interface GithubPlace {
  readonly GITHUB_API_URL?: string | undefined;
  readonly GHE_HOST?: string | undefined;
  readonly GHE_PROTOCOL?: "http" | "https" | undefined;
}

const GITHUB_COM = "https://api.github.com";

/** A subdomain of GitHub Enterprise Cloud with data residency, or its API's own name. */
const GHE_COM = /^(?:api\.)?([a-z0-9-]+)\.ghe\.com$/i;

/**
 * What GHE_HOST may be: a host, and a port where it has one. Whoever copies an address out of a browser is told what to leave out.
 */
export const gheHost = z
  .string()
  .trim()
  .min(1)
  .superRefine((value, { addIssue }) => {
    const message = hostProblem(value);
    if (message !== null) addIssue({ code: "custom", message });
  });

function hostProblem(value: string): string | null {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[0];
  const host = (scheme ? value.slice(scheme.length) : value).replace(/[/?#].*$/s, "");
  if (scheme) return `must be a host without ${scheme}, such as ${host}: GHE_PROTOCOL says http or https`;
  if (host !== value) return `must be a host without a path, such as ${host}: LoopForge knows where its API is`;
  return /^(?:[a-z0-9._-]+|\[[0-9a-f:]+\])(?::\d+)?$/i.test(host) ? null : "must be a host, such as github.example.com";
}

/** What GITHUB_API_URL may be. */
export const apiUrl = z
  .string()
  .trim()
  .refine(isApiUrl, "must be the whole address of GitHub's REST API, such as https://github.example.com/api/v3");

function isApiUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, search, hash } = new URL(value);
  return /^https?:$/.test(protocol) && username === "" && search === "" && hash === "";
}

/**
 * The address of GitHub's REST API: what `GITHUB_API_URL` says, else the API of the host in `GHE_HOST`, else github.com's. A GitHub
 * Enterprise Server has its API below `/api/v3`; a subdomain of ghe.com has a host of its own for it.
 * @see https://docs.github.com/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom
 */
export function githubUrl({ GITHUB_API_URL, GHE_HOST, GHE_PROTOCOL = "https" }: GithubPlace): string {
  if (GITHUB_API_URL) return GITHUB_API_URL.replace(/\/+$/, "");
  if (!GHE_HOST) return GITHUB_COM;
  const subdomain = GHE_COM.exec(GHE_HOST)?.[1];
  return subdomain ? `https://api.${subdomain.toLowerCase()}.ghe.com` : enterpriseServerUrl(GHE_HOST, GHE_PROTOCOL);
}

/** Where Probot's set-up page takes the API to be. */
export function probotUrl({ GHE_HOST, GHE_PROTOCOL = "https" }: GithubPlace): string {
  return GHE_HOST ? enterpriseServerUrl(GHE_HOST, GHE_PROTOCOL) : GITHUB_COM;
}

function enterpriseServerUrl(host: string, protocol: string): string {
  return `${protocol}://${host}/api/v3`;
}
