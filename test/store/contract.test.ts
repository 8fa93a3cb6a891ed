import { storeContract } from "./contract/index.ts";
import { FILE, MEMORY } from "./contract/stage.ts";

for (const backend of [MEMORY, FILE]) storeContract(backend);
