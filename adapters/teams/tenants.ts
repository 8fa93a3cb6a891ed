import { type Activity, tenantsOf } from "./activity.ts";
import type { Credentials } from "./botframework.ts";

/** Whose activities are answered. */
export interface Tenants {
  /** The tenant that a verified activity belongs to, or why it is refused. */
  find(activity: Activity): { tenant: string } | { refused: string };
  serves(tenant: string): boolean;
}

/** The word for the tenant of trial clients that name none. */
const LOCAL = "local";

/**
 * An app of one tenant serves that tenant, whoever else may have got hold of its package; one of many tenants serves those on its
 * list, and nobody who does not say where they belong.
 * @param allowed for an app of many tenants
 */
export function createTenants(
  credentials: Credentials | "local",
  allowed: readonly string[] | "all",
): Tenants {
  const list = allowed === "all" ? null : new Set(allowed.map((tenant) => tenant.toLowerCase()));
  const isMulti = credentials !== "local" && credentials.type === "MultiTenant";
  const own = credentials === "local" ? undefined : credentials.tenantId?.toLowerCase();

  function serves(tenant: string): boolean {
    if (isMulti) return list === null || list.has(tenant);
    return own === undefined || tenant === own;
  }

  return {
    serves,
    find(activity) {
      const [tenant, other] = tenantsOf(activity);
      if (other) return { refused: "it names two tenants" };
      if (tenant) return serves(tenant) ? { tenant } : { refused: "this tenant is not served" };
      return isMulti ? { refused: "it names no tenant" } : { tenant: own ?? LOCAL };
    },
  };
}
