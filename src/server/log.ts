import pino, { type Logger } from "pino";

/**
 * Structured logs, a JSON line each. Of errors and events only what is named here is written: both carry whole payloads, which may
 * hold anything.
 */
export function createLog(level: string, destination: pino.DestinationStream = pino.destination(1)): Logger {
  return pino({ level, base: null, serializers: { err: describeError, event: describeEvent } }, destination);
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
    ...(error instanceof AggregateError ? { errors: error.errors.map(describeError) } : {}),
  };
}

function describeEvent(event: unknown): object {
  const { id, name } = (event ?? {}) as { readonly id?: unknown; readonly name?: unknown };
  return { id, name };
}
