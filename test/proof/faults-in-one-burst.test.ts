import { liveInOneBurst } from "../support/proof-lives.js";
import { describeFaults } from "../support/proof-of-faults.js";

describeFaults("all is posted at once", liveInOneBurst);
