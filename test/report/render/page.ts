import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { marked } from "marked";

const require = createRequire(import.meta.url);
const CSS = readFileSync(require.resolve("github-markdown-css/github-markdown-light.css"), "utf8");

const ALERTS: { readonly [name: string]: string } = {
  NOTE: "Note",
  TIP: "Tip",
  IMPORTANT: "Important",
  WARNING: "Warning",
  CAUTION: "Caution",
};

/** What GitHub adds to Markdown that the parser does not know: alerts, and Mermaid. */
function asGithubRenders(markdown: string): string {
  const html = marked.parse(markdown, { gfm: true, async: false });
  return html
    .replace(
      /<blockquote>\s*<p>\[!([A-Z]+)\]\s*([\s\S]*?)<\/blockquote>/g,
      (_, name: string, rest: string) =>
        `<div class="markdown-alert markdown-alert-${name.toLowerCase()}"><p class="markdown-alert-title">${ALERTS[name] ?? name}</p><p>${rest}</div>`,
    )
    .replace(
      /<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g,
      (_, code: string) => `<pre class="mermaid">${code}</pre>`,
    );
}

const FRAME = `
  body { margin: 0; padding: 16px; background: #fff; }
  .box { width: 860px; border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; }
  .head { font: 14px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; color: #59636e;
    background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; display: flex; gap: 8px; align-items: center; }
  .head b { color: #1f2328; }
  .head .label { border: 1px solid #d1d9e0; border-radius: 2em; font-size: 12px; padding: 0 7px; }
  .head .button { margin-left: auto; border: 1px solid #d1d9e0; border-radius: 6px; background: #fff; padding: 3px 12px;
    font-size: 12px; color: #1f2328; }
  .markdown-body { padding: 16px; font-size: 14px; }
  .mermaid { text-align: center; background: #fff !important; }
`;

/** A page that shows Markdown about as GitHub does, with a line above it as of a comment or a check run. */
export function pageOf(head: string, markdown: string): string {
  return `<!doctype html><meta charset="utf-8"><style>${CSS}${FRAME}</style>
<div class="box"><div class="head">${head}</div><article class="markdown-body">${asGithubRenders(markdown)}</article></div>`;
}

/** The script that draws the diagrams, for a page without a network. */
export const MERMAID = require.resolve("mermaid/dist/mermaid.min.js");
