#!/usr/bin/env node
import { CONSOLE } from "./output.js";
import { run } from "./program.js";

process.exitCode = await run(process.argv.slice(2), CONSOLE, process.stdout);
