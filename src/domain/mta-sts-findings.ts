import type { Finding, Fix } from "./finding.ts";
import type { MtaStsRecords } from "./mta-sts.ts";
import { policyId, writePolicy } from "./mta-sts-policy.ts";

/** What is wrong with MTA-STS, in the order in which senders come across it. */
export function mtaStsFindings(domain: string, records: MtaStsRecords): Finding[] {
  return [
    ...unchecked(records),
    ...missing(domain, records),
    ...multiple(domain, records),
    ...syntax(domain, records),
    ...policyUnreachable(domain, records),
    ...policyInvalid(domain, records),
    ...modeNotEnforce(domain, records),
    ...mxNotCovered(domain, records),
  ];
}

function unchecked({ unanswered }: MtaStsRecords): Finding[] {
  return unanswered.map((evidence) => ({
    id: "mta-sts.unchecked",
    severity: "unknown",
    evidence,
    reference: "RFC 8461 §3",
    why: "Whether senders are made to use TLS could not be learned, since this was not answered.",
    fix: null,
  }));
}

function missing(domain: string, { found, meant, unanswered, hosts, policyUrl }: MtaStsRecords): Finding[] {
  const takesMail = hosts === null || hosts.length > 0;
  if (found.length + meant.length + unanswered.length > 0 || !takesMail) return [];
  const names = hosts?.map(({ name }) => name) ?? [];
  const text =
    "Serve this policy over HTTPS with a valid certificate, then publish the record. The mode testing changes nothing for mail yet. When TLS reports show no failures, set it to enforce and change the id.";
  return [
    {
      id: "mta-sts.missing",
      severity: "advice",
      evidence: `${recordName(domain)}: no MTA-STS record`,
      reference: "RFC 8461 §3.1",
      why: "Servers that send to this domain use TLS only if nobody on the way prevents it. MTA-STS makes it a must.",
      fix:
        names.length === 0
          ? { text: "Publish an MTA-STS policy and record once it is known which servers take the mail." }
          : newPolicy(domain, null, { mode: "testing", mx: names, maxAge: null, policyUrl, text }),
    },
  ];
}

function multiple(domain: string, { found }: MtaStsRecords): Finding[] {
  const [, second] = found;
  if (second === undefined) return [];
  return [
    {
      id: "mta-sts.multiple",
      severity: "warning",
      evidence: found.map((text) => `${recordName(domain)} TXT "${text}"`).join("; "),
      reference: "RFC 8461 §3.1",
      why: "With more than one record senders act as if there were none, so TLS is not enforced.",
      fix: {
        text: "Leave one record and delete the others. Either will do: the policy stands in the file, not in the record.",
        record: { name: recordName(domain), type: "TXT", before: second, after: null },
      },
    },
  ];
}

function syntax(domain: string, { found, meant, faults, id }: MtaStsRecords): Finding[] {
  const broken = found.length === 0 ? meant[0] : faults.length > 0 ? found[0] : undefined;
  if (broken === undefined) return [];
  const problem = found.length === 0 ? 'it does not begin with exactly "v=STSv1;"' : faults.join("; ");
  const written = id ?? /\bid\s*=\s*([A-Za-z0-9]{1,32})\s*(?:;|$)/i.exec(broken)?.[1] ?? policyId(broken);
  return [
    {
      id: "mta-sts.syntax",
      severity: "warning",
      evidence: `${recordName(domain)} TXT "${broken}": ${problem}`,
      reference: "RFC 8461 §3.1",
      why: "Senders pass over a record that is not well-formed, so TLS is not enforced.",
      fix: {
        text: "Write the record like this.",
        record: { name: recordName(domain), type: "TXT", before: broken, after: `v=STSv1; id=${written};` },
      },
    },
  ];
}

function policyUnreachable(domain: string, { failure, policyUrl, unanswered }: MtaStsRecords): Finding[] {
  if (failure === null || unanswered.length > 0) return [];
  const hints: Partial<Record<typeof failure.status, string>> = {
    "no-address": `Publish an address for mta-sts.${domain}, or a CNAME to whoever serves the policy for you.`,
    "not-public": `Give mta-sts.${domain} a public address: senders all over the Internet have to reach it.`,
    tls: `The certificate must be valid for the name mta-sts.${domain} and come from a public authority.`,
    redirect: "Serve the file at this very address: senders must not follow redirects.",
    "http-status": "Serve the policy file at this address with status 200.",
  };
  return [
    {
      id: "mta-sts.policy-unreachable",
      severity: "warning",
      evidence: `${policyUrl}: ${failure.reason}`,
      reference: "RFC 8461 §3.3",
      why: "The record promises a policy that cannot be had, so senders that do not know it yet enforce nothing.",
      fix: {
        text:
          hints[failure.status] ??
          `Make sure that the web server of mta-sts.${domain} answers with the policy file.`,
      },
    },
  ];
}

function policyInvalid(domain: string, records: MtaStsRecords): Finding[] {
  const { policy, policyUrl, hosts, found } = records;
  if (policy === null || policy.faults.length === 0) return [];
  const left = hosts?.filter(({ covered }) => !covered).map(({ name }) => name) ?? [];
  const mx = [...policy.mx, ...left];
  // to enforce it is safe only when it is known to name every server
  const mode = policy.mode === "enforce" && hosts !== null ? "enforce" : "testing";
  const text = "Serve the policy like this, as text/plain, and change the id so that senders fetch it anew.";
  return [
    {
      id: "mta-sts.policy-invalid",
      severity: "warning",
      evidence: `${policyUrl}: ${policy.faults.join("; ")}`,
      reference: "RFC 8461 §3.2",
      why: "Senders use no policy that is not well-formed, so TLS is not enforced.",
      fix:
        mx.length === 0
          ? { text: "Mend the policy file, and name the mail servers in it." }
          : newPolicy(domain, found[0] ?? null, { mode, mx, maxAge: policy.maxAge, policyUrl, text }),
    },
  ];
}

function modeNotEnforce(domain: string, { policy, policyUrl, hosts, found }: MtaStsRecords): Finding[] {
  if (policy === null || policy.faults.length > 0 || policy.mode === "enforce") return [];
  const isReady = hosts?.every(({ covered }) => covered) === true && policy.mx.length > 0;
  const text =
    "A person must decide: when the TLS reports of two weeks show no failures, enforce the policy and change the id.";
  return [
    {
      id: "mta-sts.mode-not-enforce",
      severity: "advice",
      evidence: `${policyUrl}: mode: ${policy.mode}`,
      reference: "RFC 8461 §5",
      why:
        policy.mode === "none"
          ? "The mode none withdraws MTA-STS: senders enforce nothing."
          : "In the mode testing senders report failures but deliver without TLS all the same.",
      fix: isReady
        ? newPolicy(domain, found[0] ?? null, {
            mode: "enforce",
            mx: policy.mx,
            maxAge: policy.maxAge,
            policyUrl,
            text,
          })
        : { text: "Let the policy name all mail servers first, in the mode testing." },
    },
  ];
}

function mxNotCovered(domain: string, { policy, policyUrl, hosts, found }: MtaStsRecords): Finding[] {
  if (policy === null || policy.faults.length > 0 || policy.mode === null || policy.mode === "none")
    return [];
  const left = (hosts ?? []).filter(({ covered }) => !covered).map(({ name }) => name);
  if (left.length === 0) return [];
  const isEnforced = policy.mode === "enforce";
  const text = `Add the missing servers to the policy and change the id, if they are yours; if ${left.length === 1 ? "it is" : "they are"} not, remove the MX record. A person must say which.`;
  return [
    {
      id: "mta-sts.mx-not-covered",
      severity: isEnforced ? "problem" : "warning",
      evidence: `MX ${left.join(", ")} does not match the policy's mx: ${policy.mx.join(", ")}`,
      reference: "RFC 8461 §4.1",
      why: isEnforced
        ? "Senders that know the policy refuse to deliver to servers that it does not name: mail is held back and returned."
        : "As soon as the policy is enforced, mail to servers that it does not name will be held back and returned.",
      fix: newPolicy(domain, found[0] ?? null, {
        mode: policy.mode,
        mx: [...policy.mx, ...left],
        maxAge: policy.maxAge,
        policyUrl,
        text,
      }),
    },
  ];
}

interface NewPolicy {
  mode: "enforce" | "testing";
  mx: readonly string[];
  maxAge: number | null;
  policyUrl: string;
  text: string;
}

/** The file to serve, and the record with the id that goes with it. */
function newPolicy(domain: string, before: string | null, { policyUrl, text, ...policy }: NewPolicy): Fix {
  const file = writePolicy(policy);
  return {
    text,
    file: { url: policyUrl, text: file },
    record: { name: recordName(domain), type: "TXT", before, after: `v=STSv1; id=${policyId(file)};` },
  };
}

function recordName(domain: string): string {
  return `_mta-sts.${domain}`;
}
