import { postOptions } from "../operator/build-hook.js";
import type { Dependencies } from "../operator/dependencies.js";
import type { GateConfig } from "../operator/schema.js";
import type { Environment } from "../operator/values.js";
import type { Redact } from "../redact.js";
import { type ConfiguredGate, configuredGate } from "./ask-gates.js";
import type { Gate } from "./gate.js";
import { gatekeepCommand } from "./gatekeep-command.js";
import { gatekeepEndpoint } from "./gatekeep-endpoint.js";
import { httpGate } from "./http-gate.js";

export function buildGate(config: GateConfig, redact: Redact, dependencies: Dependencies): ConfiguredGate {
  const { timeout_ms: timeoutMs, concurrency, filters, on_failure: onFailure } = config;
  return configuredGate(gateOf(config, dependencies), {
    ...{ timeoutMs, concurrency, filters, onFailure, redact },
    ...dependencies,
  });
}

function gateOf(config: GateConfig, dependencies: Dependencies): Gate {
  if (config.type === "http") {
    const { url, signing_secret: signingSecret } = config;
    return httpGate(config.name, { url, signingSecret, ...postOptions(config, dependencies) });
  }
  const { name, persona } = config;
  const { newMark } = dependencies;
  switch (config.transport) {
    case "command":
      return gatekeepCommand(name, {
        ...{ persona, newMark, command: config.command },
        env: environmentOf(config.pass_env, dependencies.env),
      });
    case "endpoint":
      return gatekeepEndpoint(name, {
        ...{ persona, newMark, baseUrl: config.base_url, model: config.model, apiKey: config.api_key },
        ...postOptions(config, dependencies),
      });
  }
}

/** A program needs to be found and to find its home. The App's private key is nothing to it. */
const ALWAYS = ["PATH", "HOME", "LANG"] as const;

function environmentOf(names: readonly string[], env: Environment): Readonly<Record<string, string>> {
  const passed = [...ALWAYS, ...names].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(passed);
}
