import { z } from "zod";
import type { Thread, TimelineEvent } from "../model/thread.js";
import { issuePayload } from "../payloads/issue.js";
import { labelPayload, repositoryPayload, repositoryUrl } from "../payloads/repository.js";
import { userPayload } from "../payloads/user.js";
import { type Api, type Data, ok } from "./api.js";
import { page } from "./pages.js";

const LABELS = z.union([
  z.array(z.string()),
  z.object({ labels: z.array(z.union([z.string(), z.object({ name: z.string() })])) }),
]);

/** An issue, or the issue side of a pull request, as the API shows it. */
function issueData(thread: Thread) {
  const { performed_via_github_app: _, pull_request, ...payload } = issuePayload(thread);
  const closer = thread.timeline.findLast((event) => event.event === "closed")?.actor;
  return {
    ...payload,
    ...(pull_request === undefined
      ? {}
      : {
          pull_request: {
            url: pull_request.url ?? null,
            html_url: pull_request.html_url ?? null,
            diff_url: pull_request.diff_url ?? null,
            patch_url: pull_request.patch_url ?? null,
            merged_at: pull_request.merged_at ?? null,
          },
        }),
    state_reason: thread.stateReason,
    closed_by: thread.state === "open" || closer === undefined ? null : userPayload(thread.world, closer),
  };
}

/** Issues with their labels and timelines. */
export function issueRoutes(api: Api): void {
  api.repositoryRoute("GET", "/issues", (request) => {
    const state = request.query("state") ?? "open";
    const since = Date.parse(request.query("since") ?? "");
    const labels = (request.query("labels") ?? "").split(",").filter((name) => name !== "");
    const wanted = request.repository.threads.filter((thread): thread is Thread => {
      if (thread === undefined || (state !== "all" && thread.state !== state)) return false;
      if (!Number.isNaN(since) && Date.parse(thread.updatedAt) < since) return false;
      return labels.every((name) => thread.labels.some((label) => label.name.toLowerCase() === name.toLowerCase()));
    });
    const show = (thread: Thread): Data<"issues", "listForRepo">[number] => issueData(thread);
    return page(request, ordered(wanted, request.query("sort"), request.query("direction")), show);
  });
  api.repositoryRoute("GET", "/issues/:number", ({ repository, id }) => {
    const body: Data<"issues", "get"> = issueData(repository.thread(id("number")));
    return ok(body);
  });
  api.repositoryRoute("GET", "/issues/:number/timeline", (request) => {
    const thread = request.repository.thread(request.id("number"));
    return page(request, thread.timeline, (event) => timelineData(thread, event));
  });
  api.repositoryRoute("GET", "/issues/:number/labels", (request) => {
    return page(request, request.repository.thread(request.id("number")).labels, labelPayload);
  });
  api.repositoryRoute("POST", "/issues/:number/labels", async (request) => {
    const thread = request.repository.thread(request.id("number"));
    const asked = await request.body(LABELS);
    const names = Array.isArray(asked) ? asked : asked.labels.map((one) => (typeof one === "string" ? one : one.name));
    for (const name of names) thread.label(name, request);
    const body: Data<"issues", "addLabels"> = thread.labels.map(labelPayload);
    return ok(body);
  });
  api.repositoryRoute("DELETE", "/issues/:number/labels/:name", (request) => {
    const thread = request.repository.thread(request.id("number"));
    thread.unlabel(request.param("name"), request);
    const body: Data<"issues", "removeLabel"> = thread.labels.map(labelPayload);
    return ok(body);
  });
}

/** A list in the order that was asked for, newest first unless said. */
export function ordered<T extends { createdAt: string; updatedAt: string; number: number }>(
  items: readonly T[],
  sort: string | undefined,
  direction: string | undefined,
): T[] {
  const key = sort === "updated" ? "updatedAt" : "createdAt";
  const sorted = items.toSorted((a, b) => a[key].localeCompare(b[key]) || a.number - b.number);
  return direction === "asc" ? sorted : sorted.reverse();
}

function mentionData(source: Thread) {
  return { ...issueData(source), repository: repositoryPayload(source.repository) };
}

function dismissedData({ review, state, message }: NonNullable<TimelineEvent["dismissed"]>) {
  return { state, review_id: review.id, dismissal_message: message };
}

function timelineData(thread: Thread, event: TimelineEvent) {
  const { world, repository } = thread;
  return {
    id: event.id,
    node_id: `E_${event.id}`,
    url: `${repositoryUrl(repository)}/issues/events/${event.id}`,
    actor: userPayload(world, event.actor),
    event: event.event,
    commit_id: event.commitId ?? null,
    commit_url: event.commitId === undefined ? null : `${repositoryUrl(repository)}/commits/${event.commitId}`,
    created_at: event.createdAt,
    updated_at: event.createdAt,
    performed_via_github_app: null,
    ...(event.label === undefined ? {} : { label: { name: event.label.name, color: event.label.color } }),
    ...(event.assignee === undefined ? {} : { assignee: userPayload(world, event.assignee) }),
    ...(event.stateReason === undefined ? {} : { state_reason: event.stateReason }),
    ...(event.rename === undefined ? {} : { rename: event.rename }),
    ...(event.dismissed === undefined ? {} : { dismissed_review: dismissedData(event.dismissed) }),
    ...(event.source === undefined ? {} : { source: { type: "issue", issue: mentionData(event.source) } }),
  };
}
