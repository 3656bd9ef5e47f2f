import type { ApplicationFunction } from "probot";
import { DEFAULT_STORE, openStore } from "../store/open.js";
import { createApp } from "./app.js";
import { organizationConfig } from "./config/organization-config.js";
import { createParts } from "./parts.js";

export { createApp } from "./app.js";
export { type AppOptions, type AppParts, createParts } from "./parts.js";

/**
 * The Probot application function, set up by the environment: APP_ID, LOOPFORGE_STORE, LOOPFORGE_QUEUE_LABEL,
 * LOOPFORGE_ORGANIZATION_CONFIG. For `probot run` and servers of one's own; `loopforge serve` adds the durable inbox.
 */
export const app: ApplicationFunction = async (probot, options) => {
  const { APP_ID, LOOPFORGE_STORE, LOOPFORGE_QUEUE_LABEL, LOOPFORGE_ORGANIZATION_CONFIG } = process.env;
  const store = await openStore(LOOPFORGE_STORE || DEFAULT_STORE);
  const parts = createParts({
    store,
    appId: Number(APP_ID),
    defaults: LOOPFORGE_QUEUE_LABEL ? { queue: { labels: [LOOPFORGE_QUEUE_LABEL] } } : {},
    organizationConfig: organizationConfig.parse(LOOPFORGE_ORGANIZATION_CONFIG),
    logger: probot.log,
  });
  await createApp(parts)(probot, options);
};
