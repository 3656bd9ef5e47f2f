import pino, { type Logger } from "pino";
import { createLog } from "../server/log.js";
import type { Environment } from "./secrets.js";

/**
 * A function's log. Each line is out before the function answers: between two events Lambda freezes the process, and a line that was still
 * to be written would come with the next event, or never.
 */
export const createFunctionLog = (env: Environment): Logger =>
  createLog(env.LOG_LEVEL || "info", pino.destination({ dest: 1, sync: true }));
