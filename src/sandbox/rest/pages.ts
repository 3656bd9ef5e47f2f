import type { Answer, ApiRequest } from "./api.js";

const DEFAULT_SIZE = 30;
const MAX_SIZE = 100;

/** One page of a list, built item by item, with GitHub's Link header; `wrap` makes the body. */
export function page<Item, Shown>(
  request: ApiRequest,
  items: readonly Item[],
  show: (item: Item) => Shown,
  wrap: (shown: Shown[], total: number) => unknown = (shown) => shown,
): Answer {
  const size = Math.min(MAX_SIZE, positive(request.query("per_page")) ?? DEFAULT_SIZE);
  const number = positive(request.query("page")) ?? 1;
  const last = Math.max(1, Math.ceil(items.length / size));
  const shown = items.slice((number - 1) * size, number * size).map(show);
  const links = [
    ...(number > 1 ? [link(request.url, number - 1, "prev")] : []),
    ...(number < last ? [link(request.url, number + 1, "next"), link(request.url, last, "last")] : []),
    ...(number > 1 ? [link(request.url, 1, "first")] : []),
  ];
  return {
    status: 200,
    body: wrap(shown, items.length),
    ...(links.length > 0 ? { headers: { link: links.join(", ") } } : {}),
  };
}

function positive(text: string | undefined): number | undefined {
  const value = Number(text ?? Number.NaN);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

function link(url: string, number: number, rel: string): string {
  const target = new URL(url);
  target.searchParams.set("page", String(number));
  return `<${target.href}>; rel="${rel}"`;
}
