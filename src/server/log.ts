import pino, { type Logger } from "pino";
import { HookFailure } from "../hooks/failure.js";
import { logContext } from "../log-context.js";

/**
 * Structured logs, a JSON line each. Of errors and events only what is named here is written: both carry whole payloads, which may
 * hold anything. Lines about a delivery carry its GUID, and its record's id where there is one.
 */
export function createLog(level: string, destination: pino.DestinationStream = pino.destination(1)): Logger {
  const serializers = { err: describeError, event: describeEvent };
  return pino({ level, base: null, mixin: logContext, serializers }, destination);
}

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const extra = error as {
    readonly code?: unknown;
    readonly status?: unknown;
    readonly request?: { readonly url?: unknown };
  };
  return {
    type: error.name,
    message: error.message,
    code: extra.code,
    status: extra.status,
    url: extra.request?.url,
    stack: error.stack,
    ...(error instanceof HookFailure && error.detail !== null ? { detail: error.detail } : {}),
    ...(error instanceof AggregateError ? { errors: error.errors.map(describeError) } : {}),
  };
}

/** Probot logs whole events; others name them. */
function describeEvent(event: unknown): unknown {
  if (typeof event === "string") return event;
  const { id, name } = (event ?? {}) as { readonly id?: unknown; readonly name?: unknown };
  return { id, name };
}
