import { liveInStep } from "../support/proof-lives.js";
import { describeFaults } from "../support/proof-of-faults.js";

describeFaults("each event is worked before the next", liveInStep);
