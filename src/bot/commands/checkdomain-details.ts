/** The folded parts of an audit's answer. */
import type { Audit, Finding } from "../../domain/index.ts";
import { code, type Inline, type Section, say } from "../answer.ts";
import { optionalDetails } from "./checkdomain-optional.ts";
import { drawSpfTree } from "./spf-tree.ts";

export function domainDetails(audit: Audit): Section[] {
  return [
    ...everything(audit),
    ...spf(audit),
    ...dkim(audit),
    ...dmarc(audit),
    ...mailServers(audit),
    ...optionalDetails(audit),
    ...asked(audit),
  ];
}

const MARKS: Record<Finding["severity"], string> = {
  problem: "Problem",
  warning: "Warning",
  advice: "Advice",
  unknown: "Not checked",
};

function everything({ findings }: Audit): Section[] {
  if (findings.length === 0) return [];
  const items = findings.map(({ id, severity, evidence, reference, why }) => [
    ...say`${MARKS[severity]}: ${why} (${code(id)}, ${reference}) `,
    code(shortened(evidence)),
  ]);
  return [
    {
      kind: "details",
      title: `Everything that was found (${findings.length})`,
      sections: [{ kind: "list", items }],
    },
  ];
}

/** Records are quoted by many findings; what is special about one stands at the end. */
function shortened(evidence: string): string {
  return evidence.length <= 180 ? evidence : `${evidence.slice(0, 100)} … ${evidence.slice(-70)}`;
}

function spf({ records: { spf: records } }: Audit): Section[] {
  const { tree, authorised } = records;
  if (!tree) return [];
  const sections: Section[] = [{ kind: "code", text: drawSpfTree(tree) }];
  if (authorised && !authorised.any && (authorised.ipv4 > 0 || authorised.ipv6 !== "0")) {
    const ipv6 = authorised.ipv6 === "0" ? "" : ` and ${inWords(authorised.ipv6)} IPv6`;
    sections.push({
      kind: "text",
      text: say`In all ${authorised.ipv4.toLocaleString("en")} IPv4${ipv6} addresses may send.`,
    });
  }
  return [{ kind: "details", title: "SPF", sections }];
}

function inWords(count: string): string {
  if (count.length <= 9) return Number(count).toLocaleString("en");
  return `about ${Number(count).toExponential(1).replace("e+", " × 10^")}`;
}

function dkim({ records: { dkim: records } }: Audit): Section[] {
  if (records.selectors.length === 0) return [];
  const rows = records.selectors.map(({ selector, state, service, keys, cnames }): Inline[][] => {
    const kinds = keys.map(({ revoked, type, bits, fault, testing }) => {
      if (revoked) return "withdrawn";
      if (fault !== null) return "unreadable";
      return `${type ?? "?"}${bits === null ? "" : ` ${bits}`}${testing ? ", testing" : ""}`;
    });
    const what = state === "found" ? kinds.join("; ") : state === "dangling" ? "leads nowhere" : "no key";
    return [
      say`${code(selector)}`,
      say`${what}`,
      say`${service ?? (cnames.at(-1) ? "" : "own record")}`,
      say`${cnames.at(-1) ?? ""}`,
    ];
  });
  const note = say`${records.tried} selectors were tried; selectors cannot be listed, so there may be others.`;
  return [
    {
      kind: "details",
      title: `DKIM keys (${records.selectors.length})`,
      sections: [
        { kind: "table", header: ["Selector", "Key", "Service", "CNAME to"], rows },
        { kind: "text", text: note },
      ],
    },
  ];
}

function dmarc({ records: { dmarc: records } }: Audit): Section[] {
  const { record, recordDomain, policy, alignment, reports, organizationalDomain } = records;
  if (record === null) return [];
  const rows = [
    { label: `At _dmarc.${recordDomain}`, value: say`${code(record)}` },
    { label: "Applies to this name", value: say`${policy.here}` },
    { label: "To subdomains", value: say`${policy.subdomains}` },
    { label: "To names that do not exist", value: say`${policy.nonexistent}` },
    { label: "Organizational domain", value: say`${organizationalDomain ?? "could not be checked"}` },
    { label: "Alignment", value: say`DKIM ${alignment?.dkim ?? "?"}, SPF ${alignment?.spf ?? "?"}` },
    ...reports.map(({ tag, address, external, authorised }) => ({
      label: tag === "rua" ? "Aggregate reports to" : "Failure reports to",
      value: say`${address}${external ? (authorised === null ? " (whether they agreed could not be checked)" : authorised ? " (they agreed)" : " (they have not agreed)") : ""}`,
    })),
  ];
  return [{ kind: "details", title: "DMARC", sections: [{ kind: "facts", rows }] }];
}

function mailServers({ records: { mx } }: Audit): Section[] {
  const shown = mx.hosts.filter(({ kind }) => kind !== "null");
  if (shown.length === 0) return [];
  const rows = shown.flatMap(({ preference, exchange, addresses }): Inline[][][] => {
    const first = [say`${preference ?? ""}`, say`${exchange}`];
    if (addresses.length === 0) return [[...first, say`no address`, say``]];
    return addresses.map(({ address, reverseNames, confirmed }, index) => [
      ...(index === 0 ? first : [say``, say``]),
      say`${address}`,
      say`${reverseNames === null ? "" : reverseNames.length === 0 ? "none" : `${reverseNames.join(", ")}${confirmed === true ? "" : confirmed === false ? " (does not lead back)" : " (not confirmed)"}`}`,
    ]);
  });
  const header = ["Order", "Server", "Address", "Reverse name"];
  return [
    { kind: "details", title: `Mail servers (${shown.length})`, sections: [{ kind: "table", header, rows }] },
  ];
}

function asked({ queries, elapsedMs, records }: Audit): Section[] {
  const walk = records.dmarc.walk.map(({ name }) => name).join(", ");
  return [
    {
      kind: "details",
      title: `What was asked (${queries} questions, ${(elapsedMs / 1000).toFixed(1)} s)`,
      sections: [
        {
          kind: "text",
          text: say`The domain's servers and their addresses, each record that SPF leads to, ${records.dkim.tried} DKIM selectors, and DMARC at ${walk}.`,
        },
      ],
    },
  ];
}
