import type { Resolver } from "../../../src/dns/index.ts";
import type { CheckContext } from "../../../src/domain/check.ts";
import { checkDmarc } from "../../../src/domain/dmarc.ts";
import { checkMx } from "../../../src/domain/mx.ts";

/** What one check alone is given: no web, no deadline. */
export function contextFor(
  domain: string,
  resolver: Resolver,
  given: Partial<Pick<CheckContext, "selectors" | "senderIp" | "fetch">> = {},
): CheckContext {
  const context: CheckContext = {
    domain,
    resolver,
    fetch: async (url) => ({ status: "timeout", url, reason: "there is no web in this test" }),
    signal: new AbortController().signal,
    now: new Date(),
    selectors: [],
    senderIp: null,
    ...given,
    mx: () => checkMx(context),
    dmarc: () => checkDmarc(context),
  };
  return context;
}
