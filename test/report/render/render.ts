/**
 * Draws the golden cases as GitHub would show them, into `docs`: `npx tsx test/report/render/render.ts [name …]`. It needs
 * Chromium on the PATH, or where CHROMIUM says.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { MERMAID, pageOf } from "./page.js";

const GOLDEN = new URL("../../../fixtures/golden/", import.meta.url);
const PICTURES = new URL("../../../docs/report/", import.meta.url);
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

/** Those that the page of the documentation shows; a name that ends in `.check` is a check run. */
const SHOWN = ["forced", "justified", "ci-pending", "gates", "closed", "two-issues", "uncounted.check", "matrix.check"];

const asked = process.argv.slice(2);
const executablePath = process.env.CHROMIUM || execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
mkdirSync(PICTURES, { recursive: true });
const browser = await chromium.launch({ executablePath, args: FLAGS });
try {
  for (const name of asked.length > 0 ? asked : SHOWN) await draw(name);
} finally {
  await browser.close();
}

async function draw(name: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 900, height: 400 }, deviceScaleFactor: 1.5 });
  await page.setContent(pageOf(headOf(name), readFileSync(new URL(`${name}.md`, GOLDEN), "utf8")));
  await page.addScriptTag({ path: MERMAID });
  await page.evaluate("mermaid.initialize({ startOnLoad: false }); mermaid.run()");
  await page.locator(".box").screenshot({ path: pictureOf(name).pathname });
  await page.close();
}

/** The README shows one of them. */
function pictureOf(name: string): URL {
  return name === "forced" ? new URL("../audit-comment.png", PICTURES) : new URL(`${name}.png`, PICTURES);
}

function headOf(name: string): string {
  return name.endsWith(".check")
    ? `<b>LoopForge</b> check run <span class="button">Refresh</span>`
    : `<b>loopforge</b> <span class="label">bot</span> commented`;
}
