/** Begins the `external_id` of every check run of this App, so that none is taken for CI, whichever registration of the App wrote it. */
export const OWN_MARK = "loopforge/";
