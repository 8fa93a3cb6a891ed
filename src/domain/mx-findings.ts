import type { Finding } from "./finding.ts";
import { type MxAddress, type MxHost, type MxRecords, takesMail } from "./mx.ts";

/** What is wrong with the mail servers, worst first. */
export function mxFindings(domain: string, records: MxRecords): Finding[] {
  const { source, hosts, unanswered } = records;
  const takes = takesMail(records);
  return [
    ...unanswered.slice(0, 5).map(unchecked),
    ...(source === "none" ? [noMail(domain)] : []),
    ...(source === "null" ? [nullMx(domain)] : []),
    ...(source === "implicit" ? [implicit(domain)] : []),
    ...nullWithOthers(domain, hosts),
    ...hosts.flatMap((host) => hostFindings(domain, host, takes === true)),
  ];
}

function unchecked(evidence: string): Finding {
  return {
    id: "mx.unchecked",
    severity: "unknown",
    evidence,
    reference: "RFC 5321 §5.1",
    why: "This part of the way to the mail servers could not be looked at, so nothing is known of it.",
    fix: null,
  };
}

function noMail(domain: string): Finding {
  return {
    id: "domain.no-mail",
    severity: "warning",
    evidence: `${domain}: no MX, A or AAAA record`,
    reference: "RFC 5321 §5.1",
    why: "The domain exists, but names no server for its mail and has no address: every message to it fails.",
    fix: {
      text: "If it shall receive mail, publish an MX record that names the server. If not, say so with a null MX, so that senders learn it at once.",
      record: { name: domain, type: "MX", before: null, after: "0 ." },
    },
  };
}

function nullMx(domain: string): Finding {
  return {
    id: "mx.null",
    severity: "advice",
    evidence: `${domain} MX 0 .`,
    reference: "RFC 7505 §3",
    why: "The domain says that it takes no mail at all; senders give up at once. That is right for a domain without mailboxes.",
    fix: null,
  };
}

function implicit(domain: string): Finding {
  return {
    id: "mx.implicit",
    severity: "warning",
    evidence: `${domain}: no MX record, but an address`,
    reference: "RFC 5321 §5.1",
    why: "Without an MX record mail goes to the domain's own address, which is often a web server that takes none; some senders refuse such domains.",
    fix: {
      text: "Publish an MX record that names the mail server; if the domain's own address is the mail server, this one keeps everything as it is. If no mail is wanted, publish the null MX `0 .`.",
      record: { name: domain, type: "MX", before: null, after: `10 ${domain}.` },
    },
  };
}

function nullWithOthers(domain: string, hosts: readonly MxHost[]): Finding[] {
  const nulls = hosts.filter(({ kind }) => kind === "null");
  if (nulls.length === 0 || nulls.length === hosts.length) return [];
  return [
    {
      id: "mx.null-with-others",
      severity: "problem",
      evidence: hosts.map(mxText).join(", "),
      reference: "RFC 7505 §3",
      why: "A null MX says that no mail is taken, and must stand alone; beside others, some senders give up and some do not.",
      fix: {
        text: "Remove the null MX, since the other records show that mail is wanted.",
        record: { name: domain, type: "MX", before: mxText(nulls[0]), after: null },
      },
    },
  ];
}

function mxText(host: MxHost | undefined): string {
  return host ? `${host.preference ?? 0} ${host.exchange}.` : "";
}

/** @param elsewhere whether mail reaches the domain by some server, so that this one's fault only costs time */
function hostFindings(domain: string, host: MxHost, elsewhere: boolean): Finding[] {
  const severity = elsewhere ? "warning" : "problem";
  const { exchange, kind, canonicalName, addresses, resolves } = host;
  if (kind === "null") return [];
  if (kind === "address") return [isIp(domain, host, severity)];
  if (resolves === false) return [unresolvable(domain, host, severity)];
  return [
    ...(canonicalName === null || host.preference === null ? [] : [isCname(domain, host, canonicalName)]),
    ...addresses
      .filter((address) => !address.public)
      .map((address) => privateAddress(host, address, severity)),
    ...addresses.flatMap((address) => reverseFindings(exchange, address)),
  ];
}

function isIp(domain: string, host: MxHost, severity: "warning" | "problem"): Finding {
  const name = `mail.${domain}`;
  return {
    id: "mx.is-ip",
    severity,
    evidence: `${domain} MX ${mxText(host)}`,
    reference: "RFC 5321 §5.1",
    why: "An MX record must name a host. An address in its place is looked up as a name, which does not exist.",
    fix: {
      text: `Give the server a name with an A record that holds ${host.exchange}, then name it. ${name} is only a proposal.`,
      record: { name: domain, type: "MX", before: mxText(host), after: `${host.preference ?? 10} ${name}.` },
    },
  };
}

function unresolvable(domain: string, host: MxHost, severity: "warning" | "problem"): Finding {
  return {
    id: "mx.unresolvable",
    severity,
    evidence: `${domain} MX ${mxText(host)}: ${host.exchange} has neither an A nor an AAAA record`,
    reference: "RFC 5321 §5.1",
    why: "This mail server has no address, so nobody can connect to it; mail waits or fails.",
    fix: {
      text: `Publish the address of ${host.exchange}, or remove this MX record if the server is gone. A person must say which.`,
    },
  };
}

function isCname(domain: string, host: MxHost, canonicalName: string): Finding {
  return {
    id: "mx.is-cname",
    severity: "warning",
    evidence: `${domain} MX ${mxText(host)}; ${host.exchange} CNAME ${canonicalName}`,
    reference: "RFC 5321 §5.1",
    why: "The name in an MX record must not be an alias. Most senders follow it, some refuse.",
    fix: {
      text: "Name the host itself.",
      record: {
        name: domain,
        type: "MX",
        before: mxText(host),
        after: `${host.preference ?? 10} ${canonicalName}.`,
      },
    },
  };
}

function privateAddress(host: MxHost, { address }: MxAddress, severity: "warning" | "problem"): Finding {
  return {
    id: "mx.private-address",
    severity,
    evidence: `${host.exchange}: ${address}`,
    reference: "RFC 6890 §2.2.2",
    why: "This address is not reachable from the internet, so senders try it in vain.",
    fix: { text: `Publish the public address of ${host.exchange} in its place.` },
  };
}

function reverseFindings(exchange: string, { address, reverseNames, confirmed }: MxAddress): Finding[] {
  if (reverseNames?.length === 0) {
    return [
      {
        id: "mx.no-ptr",
        severity: "advice",
        evidence: `${exchange} ${address}: no PTR record`,
        reference: "RFC 1912 §2.1",
        why: "Receiving works without a reverse name, but if this server sends mail too, many receivers refuse it.",
        fix: { text: `Ask whoever provides the address ${address} to set its reverse name to ${exchange}.` },
      },
    ];
  }
  if (confirmed !== false || !reverseNames) return [];
  return [
    {
      id: "mx.ptr-mismatch",
      severity: "advice",
      evidence: `${exchange} ${address}: PTR ${reverseNames.join(", ")}, which does not lead back to it`,
      reference: "RFC 1912 §2.1",
      why: "The reverse name and the address do not confirm each other; if this server sends mail too, many receivers distrust it.",
      fix: {
        text: `Ask whoever provides the address ${address} to set its reverse name to ${exchange}, or give the reverse name this address.`,
      },
    },
  ];
}
