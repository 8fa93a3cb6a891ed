import { basics } from "./basics.ts";
import { deliveries } from "./deliveries.ts";
import { forget } from "./forget.ts";
import { instances } from "./instances.ts";
import { migrations } from "./migrations.ts";
import { sealed } from "./sealed.ts";
import type { Backend } from "./stage.ts";
import { watches } from "./watches.ts";

/** All that is asked of a store, whatever keeps it. */
export function storeContract(backend: Backend): void {
  for (const part of [basics, instances, deliveries, sealed, forget, watches, migrations]) part(backend);
}
