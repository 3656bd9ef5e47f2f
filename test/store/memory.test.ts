import { MemoryRepository } from "../../src/store/memory.js";
import { describeLoopStore } from "./contract.js";

describeLoopStore("memory", async (options) => ({ store: new MemoryRepository(options) }));
