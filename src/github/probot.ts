import type { ApplicationFunction } from "probot";
import { DEFAULT_STORE, openStore } from "../store/open.js";
import { createApp } from "./app.js";

export { type AppOptions, createApp } from "./app.js";

/**
 * The Probot application function, set up by the environment: APP_ID, LOOPFORGE_STORE, LOOPFORGE_QUEUE_LABEL. For `probot run` and servers of
 * one's own; `loopforge serve` adds the durable inbox.
 */
export const app: ApplicationFunction = async (probot, options) => {
  const { APP_ID, LOOPFORGE_STORE, LOOPFORGE_QUEUE_LABEL } = process.env;
  const store = await openStore(LOOPFORGE_STORE || DEFAULT_STORE);
  const configured = createApp({
    store,
    appId: Number(APP_ID),
    ...(LOOPFORGE_QUEUE_LABEL ? { queueLabel: LOOPFORGE_QUEUE_LABEL } : {}),
  });
  await configured(probot, options);
};
