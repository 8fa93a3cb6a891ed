import type { MessageReport } from "../../message/index.ts";

/** The report for scripts, in its documented shape; results are RFC 8601's words. */
export function messageJson({
  from,
  trusted,
  spf,
  dkim,
  dmarc,
  arc,
  trail,
  claims,
  findings,
}: MessageReport) {
  return {
    from,
    trusted,
    spf: { result: spf.result, domain: spf.domain, aligned: spf.aligned },
    dkim: dkim.map(({ selector, domain, result, aligned, reason }) => ({
      selector,
      domain,
      result,
      aligned,
      reason,
    })),
    dmarc: { result: dmarc.result, policy: dmarc.policy, domain: dmarc.domain },
    arc: arc.result,
    trail: trail.map((hop) => ({ from: hop.from, by: hop.by, at: hop.at, delaySeconds: hop.delaySeconds })),
    claims: claims.map(({ host, method, result, domain }) => ({ host, method, result, domain })),
    findings,
  };
}
