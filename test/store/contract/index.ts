import { basics } from "./basics.ts";
import { deliveries } from "./deliveries.ts";
import { forget } from "./forget.ts";
import { instances } from "./instances.ts";
import { migrations } from "./migrations.ts";
import { sealed } from "./sealed.ts";
import type { Backend } from "./stage.ts";

/** All that is asked of a store, whatever keeps it. */
export function storeContract(backend: Backend): void {
  for (const part of [basics, instances, deliveries, sealed, forget, migrations]) part(backend);
}
