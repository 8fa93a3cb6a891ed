import type { Zone } from "../../support/dns-zone.ts";

/** An ed25519 key (RFC 8463, appendix A.2). */
export const KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/** A domain with everything right: two mail servers, SPF by eight includes, a DKIM key, DMARC with reports. */
export function soundZone(domain: string, network = "192.0.2"): Zone {
  const [first, second, third] = network.split(".");
  const includes = Array.from({ length: 8 }, (_, i) => `s${i}.${domain}`);
  const zone: Zone = {
    [domain]: {
      SOA: { minimum: 300 },
      NS: [`ns1.${domain}`, `ns2.${domain}`],
      MX: [
        { preference: 10, exchange: `mx1.${domain}` },
        { preference: 20, exchange: `mx2.${domain}` },
      ],
      TXT: [`v=spf1 ${includes.map((name) => `include:${name}`).join(" ")} -all`],
    },
    [`_dmarc.${domain}`]: { TXT: [`v=DMARC1; p=reject; rua=mailto:dmarc@${domain}`] },
    [`google._domainkey.${domain}`]: { TXT: [KEY] },
  };
  includes.forEach((name, i) => {
    zone[name] = { TXT: [`v=spf1 ip4:198.51.100.${i} -all`] };
  });
  for (const host of [1, 2]) {
    zone[`mx${host}.${domain}`] = { A: `${network}.${host}` };
    zone[`${host}.${third}.${second}.${first}.in-addr.arpa`] = { PTR: `mx${host}.${domain}` };
  }
  return zone;
}

/** A domain that says that it has nothing to do with mail. */
export function parkedZone(domain: string): Zone {
  return {
    [domain]: { MX: { preference: 0, exchange: "." }, TXT: ["v=spf1 -all"], A: "192.0.2.80" },
    [`_dmarc.${domain}`]: { TXT: ["v=DMARC1; p=reject"] },
  };
}
