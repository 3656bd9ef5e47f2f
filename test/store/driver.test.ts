import { describe, expect, it } from "vitest";
import { loadDriver } from "../../src/store/driver.js";

const PACKAGES = ["@scope/one", "two"];
const failing = (message: string, code = "ERR_MODULE_NOT_FOUND") =>
  loadDriver("Somebase", PACKAGES, () => Promise.reject(Object.assign(new Error(message), { code })));

describe("a driver", () => {
  it("is what its import gives", async () => {
    expect(await loadDriver("Somebase", PACKAGES, async () => ({ Client: 1 }))).toEqual({ Client: 1 });
  });

  it.each(PACKAGES)("that needs %s, which is not installed, is one line that says how to install it", async (name) => {
    await expect(failing(`Cannot find package '${name}' imported from /x/store.js`)).rejects.toMatchObject({
      code: "usage",
      message: `Cannot use LOOPFORGE_STORE: for Somebase the package ${name} is needed and not installed. Run: npm install @scope/one two`,
    });
  });

  it("that is broken in another way says so itself", async () => {
    await expect(failing("Cannot find package 'inner' imported from /x/two.js")).rejects.toThrow(/inner/);
    await expect(failing("Cannot find package 'two'", "ERR_OTHER")).rejects.toMatchObject({ code: "ERR_OTHER" });
  });

  it("is not found by Node in the words that this goes by", async () => {
    const missing: string = "@loopforge/no-such-package";
    const nodes = await loadDriver("Somebase", [missing], () => import(/* @vite-ignore */ missing)).catch(String);

    expect(nodes).toContain(`Run: npm install ${missing}`);
  });
});
