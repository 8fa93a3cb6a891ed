import { basics } from "./contract/basics.ts";
import { instances } from "./contract/instances.ts";
import { FILE, MEMORY } from "./contract/stage.ts";

for (const backend of [MEMORY, FILE]) {
  basics(backend);
  instances(backend);
}
