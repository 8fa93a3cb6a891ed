import type { DkimRecords, DkimSelector } from "./dkim.ts";
import { type DkimKey, looksLikeKey, withoutTesting } from "./dkim-key.ts";
import type { Finding } from "./finding.ts";

/** What is wrong with the DKIM keys that were found. */
export function dkimFindings(domain: string, records: DkimRecords): Finding[] {
  const { selectors } = records;
  return [
    ...unchecked(records),
    ...wildcard(domain, records),
    ...noneFound(domain, records),
    ...selectors.flatMap((selector) => [
      ...missing(selector),
      ...dangling(selector),
      ...several(selector),
      ...selector.keys.flatMap((key) => keyFindings(selector, key)),
    ]),
  ];
}

function unchecked({ unanswered, tried }: DkimRecords): Finding[] {
  const [first] = unanswered;
  if (first === undefined) return [];
  const more = unanswered.length > 1 ? ` (and ${unanswered.length - 1} others of ${tried + 1})` : "";
  return [
    {
      id: "dkim.unchecked",
      severity: "unknown",
      evidence: `${first}${more}`,
      reference: "RFC 6376 §6.1.2",
      why: "Not every selector could be asked for, so there may be keys that are not told here.",
      fix: null,
    },
  ];
}

/** A wildcard that withdraws every key is good practice on a domain that sends no mail. */
function wildcard(domain: string, { wildcard: texts }: DkimRecords): Finding[] {
  const [text] = texts ?? [];
  if (text === undefined || /^\s*v\s*=\s*DKIM1\s*;\s*p\s*=\s*;?\s*$/.test(text)) return [];
  const isKey = looksLikeKey(text);
  return [
    {
      id: "dkim.wildcard",
      severity: isKey ? "warning" : "advice",
      evidence: `*._domainkey.${domain} TXT "${text}"`,
      reference: "RFC 6376 §6.1.2",
      why: isKey
        ? "Every selector has the same key, so no selector can be withdrawn by itself, and which are in use cannot be told."
        : "A wildcard answers for every selector with a text that is no key, so signatures with a wrong selector fail in a confusing way.",
      fix: {
        text: "Publish each selector by its own name, and limit the wildcard to the names that need it.",
      },
    },
  ];
}

function noneFound(domain: string, { selectors, tried, unanswered, namesBelow }: DkimRecords): Finding[] {
  if (selectors.length > 0 || unanswered.length > 0) return [];
  const hint =
    namesBelow === false
      ? "there seems to be nothing below _domainkey"
      : "something exists below _domainkey, so there probably are keys with other names";
  return [
    {
      id: "dkim.none-found",
      severity: "advice",
      evidence: `no key at the ${tried} selectors tried below _domainkey.${domain}; ${hint}`,
      reference: "RFC 6376 §3.1",
      why: "Selectors cannot be listed, so this does not say that the domain does not sign; it may use a name that nobody can guess.",
      fix: {
        text: `Look at a message from the domain: the DKIM-Signature header names the selector after s=. Ask again with selector=NAME. If the domain does not sign, switch DKIM on at whoever sends its mail.`,
      },
    },
  ];
}

function missing({ state, given, name }: DkimSelector): Finding[] {
  if (state !== "missing" || !given) return [];
  return [
    {
      id: "dkim.selector-missing",
      severity: "problem",
      evidence: `${name}: no key record`,
      reference: "RFC 6376 §6.1.2",
      why: "A signature that names this selector cannot be verified, so it counts as none.",
      fix: {
        text: "Check the spelling of the selector. If it is in use, publish the key that the mail service gives for it.",
      },
    },
  ];
}

function dangling({ state, name, cnames, service }: DkimSelector): Finding[] {
  if (state !== "dangling") return [];
  const target = cnames.at(-1) ?? "";
  return [
    {
      id: "dkim.cname-dangling",
      severity: "warning",
      evidence: `${name} CNAME ${target}, which has no key`,
      reference: "RFC 6376 §3.6.2.1",
      why: "The selector leads to a name without a key. Signatures with it fail, and whoever gets hold of that name could sign for the domain.",
      fix: {
        text: `If ${service ?? "the service"} no longer sends for the domain, delete the CNAME record. If it does, finish its set-up there. A person must say which.`,
        record: { name, type: "CNAME", before: `${cnames[0] ?? target}.`, after: null },
      },
    },
  ];
}

function several({ name, keys }: DkimSelector): Finding[] {
  if (keys.length < 2) return [];
  return [
    {
      id: "dkim.key-multiple",
      severity: "warning",
      evidence: `${name}: ${keys.length} TXT records`,
      reference: "RFC 6376 §3.6.2.2",
      why: "A selector must have one record. With several each receiver takes another one, so the same signature passes here and fails there.",
      fix: {
        text: "Keep the record that the signing server uses now and delete the others. Give the next key a new selector.",
      },
    },
  ];
}

function keyFindings({ name }: DkimSelector, key: DkimKey): Finding[] {
  const evidence = `${name} TXT "${shortened(key.text)}"`;
  if (key.revoked) {
    return [
      {
        id: "dkim.key-revoked",
        severity: "advice",
        evidence,
        reference: "RFC 6376 §3.6.1",
        why: "This key has been withdrawn (p= is empty), so signatures with it fail. That is right for a key that is no longer used.",
        fix: null,
      },
    ];
  }
  if (!key.forMail) {
    return [
      {
        id: "dkim.key-other-service",
        severity: "advice",
        evidence,
        reference: "RFC 6376 §3.6.1",
        why: "This key is for another service than e-mail (s=), so it signs no mail. That is right for a key that signs TLS reports, say.",
        fix: null,
      },
    ];
  }
  if (key.fault !== null) {
    return [
      {
        id: "dkim.key-syntax",
        severity: "problem",
        evidence: `${evidence}: ${key.fault}`,
        reference: "RFC 6376 §3.6.1",
        why: "This record cannot be read as a key, so every signature with the selector fails.",
        fix: {
          text: "Copy the record from the mail service again, whole and without quotation marks or line breaks inside.",
        },
      },
    ];
  }
  return [...weak(key, evidence), ...testing(name, key, evidence), ...sha1(key, evidence)];
}

function weak({ type, bits }: DkimKey, evidence: string): Finding[] {
  if (type !== "rsa" || bits === null || bits >= 2048) return [];
  return [
    {
      id: "dkim.key-weak",
      severity: bits < 1024 ? "problem" : "warning",
      evidence: `${evidence}: RSA, ${bits} bits`,
      reference: "RFC 8301 §3.2",
      why:
        bits < 1024
          ? "Receivers must not accept keys this short: anyone can compute the private key."
          : "A key of this length is still accepted, but 2,048 bits are recommended.",
      fix: {
        text: "Make a key of 2,048 bits at the mail service, publish it under a new selector, switch signing over, and withdraw this one some days later.",
      },
    },
  ];
}

function testing(name: string, { text, testing: isTesting }: DkimKey, evidence: string): Finding[] {
  if (!isTesting) return [];
  return [
    {
      id: "dkim.key-testing",
      severity: "warning",
      evidence,
      reference: "RFC 6376 §3.6.1",
      why: "The key says that it is only tried out (t=y), so receivers may treat signed mail as if it were not signed.",
      fix: {
        text: "When signing works, remove the mark.",
        record: { name, type: "TXT", before: text, after: withoutTesting(text) },
      },
    },
  ];
}

function sha1({ hashes }: DkimKey, evidence: string): Finding[] {
  if (hashes === null || hashes.includes("sha256")) return [];
  return [
    {
      id: "dkim.key-sha1",
      severity: "problem",
      evidence: `${evidence}: h=${hashes.join(":")}`,
      reference: "RFC 8301 §3.1",
      why: "The key allows no hash that receivers still accept (rsa-sha1 is no longer), so every signature with it fails.",
      fix: { text: "Remove h= from the record and sign with rsa-sha256." },
    },
  ];
}

function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
