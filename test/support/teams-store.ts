import {
  type AbandonedDelivery,
  type Delivery,
  openStore,
  type Store,
  StoreUnavailable,
} from "../../src/store/index.ts";

/** A store that a test sends away, as if its database were down for this instance. */
export interface StoreThatGoesAway {
  readonly store: Store;
  goAway(): void;
  comeBack(): void;
}

/** A real store in memory, none of whose parts answers while it is away. */
export async function openStoreThatGoesAway(): Promise<StoreThatGoesAway> {
  const store = await openStore();
  let away = false;

  const guard = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver);
        if (typeof value !== "function") return value;
        return async (...given: unknown[]) => {
          if (away) throw new StoreUnavailable("down");
          return Reflect.apply(value, target, given);
        };
      },
    });

  const deliveries = guard({
    async take(...given: Parameters<Store["deliveries"]["take"]>): Promise<Delivery | null> {
      const taken = await store.deliveries.take(...given);
      return taken && guard(taken);
    },
    async takeOver(...given: Parameters<Store["deliveries"]["takeOver"]>): Promise<AbandonedDelivery[]> {
      return (await store.deliveries.takeOver(...given)).map(guard);
    },
  });
  const { claims, keptAnswers, settings, watches } = store;
  return {
    store: {
      ...store,
      deliveries,
      claims: guard(claims),
      keptAnswers: guard(keptAnswers),
      settings: guard(settings),
      watches: guard(watches),
    },
    goAway: () => {
      away = true;
    },
    comeBack: () => {
      away = false;
    },
  };
}
