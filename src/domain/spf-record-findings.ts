/** What a valid SPF record could say better: its end, terms that never count, and how much it allows. */
import type { Finding } from "./finding.ts";
import { type MailServices, serviceOf } from "./mail-services.ts";
import { authorisedBy, authorisedByTerm, countAddresses } from "./spf-addresses.ts";
import type { SpfFacts } from "./spf-findings.ts";
import { addTerm, repairSyntax, replaceAll, withoutTerms } from "./spf-fix.ts";
import type { SpfRecord, SpfTerm } from "./spf-record.ts";
import type { SpfNode, SpfTermNode } from "./spf-walk.ts";

/** More IPv4 addresses than this, by one term or by all that is no known provider's, is too many: a /8. */
const TOO_MANY_ADDRESSES = 2 ** 24;
/** An IPv6 range wider than any regional registry hands out. */
const WIDEST_IPV6_PREFIX = 12;
/** RFC 6891: the answer that every resolver takes without TCP. */
const MAX_ANSWER_BYTES = 1_232;
/** RFC 7208 §3.4. */
const MAX_RECORD_OCTETS = 450;

/** What is wrong with the domain's own record, besides errors that end an evaluation. */
export function spfRecordFindings(facts: SpfFacts, record: SpfRecord): Finding[] {
  const { domain, root } = facts;
  const at: At = {
    evidence: `${domain} TXT "${record.text}"`,
    fix: (text, after) =>
      after === null || after === record.text
        ? { text }
        : { text, record: { name: domain, type: "TXT", before: record.text, after } },
  };
  // What an unreadable record would mean otherwise says nothing.
  if (record.error !== null) return tooLong(record, root, at);
  return [
    ...mistakenModifiers(record, at),
    ...allFindings(record, root, at),
    ...afterAll(record, at),
    ...redirectWithAll(record, at),
    ...reversePointers(root, at),
    ...duplicates(record, at),
    ...tooBroad(root, facts.services, at),
    ...tooLong(record, root, at),
  ];
}

interface At {
  readonly evidence: string;
  fix(text: string, after: string | null): NonNullable<Finding["fix"]>;
}

/** `ip4=192.0.2.1` is a modifier that nobody knows, which is valid and ignored; a mechanism was meant. */
function mistakenModifiers(record: SpfRecord, at: At): Finding[] {
  const mistaken = record.terms.filter(({ modifier }) => modifier !== null && MECHANISMS.has(modifier));
  if (mistaken.length === 0) return [];
  const names = mistaken.map(({ text }) => text).join(" ");
  return [
    {
      id: "spf.syntax",
      severity: "warning",
      evidence: `${at.evidence}: ${names}`,
      reference: "RFC 7208 §6",
      why: "With = in place of : this is not a sender but an unknown modifier, which receivers ignore.",
      fix: at.fix(`Write a colon, if ${names} is to be authorised; a person must say.`, repairSyntax(record)),
    },
  ];
}

const MECHANISMS: ReadonlySet<string> = new Set([
  "include",
  "a",
  "mx",
  "ip4",
  "ip6",
  "ipv4",
  "ipv6",
  "exists",
  "ptr",
]);

/** What becomes of senders that no term names. */
function allFindings(record: SpfRecord, root: SpfNode, at: At): Finding[] {
  const all = record.terms.find(({ mechanism }) => mechanism === "all");
  if (authorisedBy(root).any) {
    return [
      {
        id: "spf.all-pass",
        severity: "problem",
        evidence: at.evidence,
        reference: "RFC 7208 §5.1",
        why: "The policy says that every server in the world may send for this domain, so anyone passes SPF in its name.",
        fix: at.fix(
          "Name the servers that do send, then end with ~all, later with -all. A person must know them: until they are named, their mail gets a softfail.",
          all?.qualifier === "+" ? replaceAll(record, "~all") : null,
        ),
      },
    ];
  }
  if (all?.qualifier === "?") {
    return [
      {
        id: "spf.all-neutral",
        severity: "warning",
        evidence: at.evidence,
        reference: "RFC 7208 §5.1",
        why: "?all says nothing about all other servers, so SPF never speaks against a forger.",
        fix: at.fix(
          "End with ~all, which marks other senders without refusing them.",
          replaceAll(record, "~all"),
        ),
      },
    ];
  }
  const redirect = root.terms.find(({ term }) => term.modifier === "redirect");
  if (all || redirect) return [];
  return [
    {
      id: "spf.no-all",
      severity: "warning",
      evidence: at.evidence,
      reference: "RFC 7208 §4.7",
      why: "Without all at its end the policy is neutral about every other server, so SPF never speaks against a forger.",
      fix: at.fix("End with ~all, which marks other senders without refusing them.", addTerm(record, "~all")),
    },
  ];
}

function afterAll(record: SpfRecord, at: At): Finding[] {
  const position = record.terms.findIndex(({ mechanism }) => mechanism === "all");
  const ignored = record.terms.slice(position + 1).filter(({ mechanism }) => mechanism !== null);
  if (position < 0 || ignored.length === 0) return [];
  const names = ignored.map(({ text }) => text).join(" ");
  return [
    {
      id: "spf.after-all",
      severity: "warning",
      evidence: `${at.evidence}: ${names}`,
      reference: "RFC 7208 §5.1",
      why: "What stands after all is never looked at, so these senders are not authorised.",
      fix: at.fix(
        `Removing it changes nothing. If ${names} shall be authorised, put it before all instead; a person must say which.`,
        withoutTerms(record, ignored),
      ),
    },
  ];
}

function redirectWithAll(record: SpfRecord, at: At): Finding[] {
  const redirect = record.terms.find(({ modifier }) => modifier === "redirect");
  if (!redirect || !record.terms.some(({ mechanism }) => mechanism === "all")) return [];
  return [
    {
      id: "spf.redirect-with-all",
      severity: "warning",
      evidence: `${at.evidence}: ${redirect.text}`,
      reference: "RFC 7208 §6.1",
      why: "A redirect counts only in a record without all, so it is ignored here.",
      fix: at.fix(
        "Removing it changes nothing. If the other record shall count, write include: in its place; a person must say.",
        withoutTerms(record, [redirect]),
      ),
    },
  ];
}

function reversePointers(root: SpfNode, at: At): Finding[] {
  const found = allTerms(root).filter(
    ({ node }) => node.term.mechanism === "ptr" || /%\{p/i.test(node.term.value),
  );
  return found.slice(0, 1).map(({ node, owner }) => ({
    id: "spf.ptr",
    severity: "warning",
    evidence: owner === root ? at.evidence : `${owner.domain}: ${node.term.text}`,
    reference: "RFC 7208 §5.5",
    why: "ptr must not be used: it is slow, depends on the sender's own reverse names, and some receivers skip it or fail the record.",
    fix: {
      text: "Name the servers by ip4, ip6, a or include before removing ptr, so that none of them is lost. A person must know which they are.",
    },
  }));
}

function allTerms(node: SpfNode): { node: SpfTermNode; owner: SpfNode }[] {
  return node.terms.flatMap((term) => [
    { node: term, owner: node },
    ...(term.child ? allTerms(term.child) : []),
  ]);
}

function duplicates(record: SpfRecord, at: At): Finding[] {
  const repeated = record.terms.filter(
    (term, index) =>
      term.mechanism !== null && record.terms.findIndex((other) => sameTerm(term, other)) !== index,
  );
  if (repeated.length === 0) return [];
  return [
    {
      id: "spf.duplicate",
      severity: "advice",
      evidence: `${at.evidence}: ${repeated.map(({ text }) => text).join(" ")}`,
      reference: "RFC 7208 §4.6.4",
      why: "The same term stands there twice; the second one never changes anything but costs its look-ups again.",
      fix: at.fix("Remove the second one.", withoutTerms(record, repeated)),
    },
  ];
}

/** Two terms ask the same; whichever comes first decides, so that their qualifiers do not matter. */
function sameTerm(one: SpfTerm, other: SpfTerm): boolean {
  const bare = ({ text }: SpfTerm) => text.toLowerCase().replace(/^[+\-~?]/, "");
  return bare(one) === bare(other);
}

function tooBroad(root: SpfNode, services: MailServices, at: At): Finding[] {
  if (authorisedBy(root).any) return [];
  const terms = allTerms(root).filter(({ node }) => node.term.qualifier === "+" && !node.child);
  const broad = terms.find(({ node }) => node.ranges.some(isBroad));
  const unknown = root.terms.filter(
    ({ term, target, child }) =>
      term.qualifier === "+" && !(child && target !== null && serviceOf(target, "includes", services)),
  );
  const sum = countAddresses({
    ranges: unknown.flatMap((term) => authorisedByTerm(term).ranges),
    any: false,
  }).ipv4;
  if (!broad && sum <= TOO_MANY_ADDRESSES) return [];
  const evidence = broad
    ? `${broad.owner.domain}: ${broad.node.term.text}`
    : `${at.evidence}: ${sum.toLocaleString("en")} IPv4 addresses that belong to no known mail service`;
  const everyone = broad?.node.ranges.some((range) => range.endsWith("/0")) ?? false;
  return [
    {
      id: "spf.too-broad",
      severity: everyone ? "problem" : "warning",
      evidence,
      reference: "RFC 7208 §11.4",
      why: everyone
        ? "This term authorises every address there is, so anyone passes SPF in this name."
        : "So many addresses may send in this name that strangers are certainly among them.",
      fix: { text: "Name only the ranges that your servers are in. A person must know them." },
    },
  ];
}

function isBroad(range: string): boolean {
  const bits = Number(range.slice(range.lastIndexOf("/") + 1));
  return range.includes(":") ? bits < WIDEST_IPV6_PREFIX : bits < 8;
}

function tooLong(record: SpfRecord, root: SpfNode, at: At): Finding[] {
  const octets = record.text.length;
  const tooLarge = root.answerBytes > MAX_ANSWER_BYTES;
  if (!tooLarge && octets <= MAX_RECORD_OCTETS) return [];
  return [
    {
      id: "spf.record-too-long",
      severity: tooLarge ? "warning" : "advice",
      evidence: `${at.evidence}: ${octets} octets, in a DNS answer of about ${root.answerBytes}`,
      reference: "RFC 7208 §3.4",
      why: tooLarge
        ? "The DNS answer with all TXT records of the domain does not fit into one UDP packet; receivers whose TCP is blocked cannot read the policy."
        : "The record is longer than the 450 octets that surely fit into every DNS answer.",
      fix: {
        text: "Move a part of the terms into a record of their own, such as _spf1, and include that; remove TXT records that nobody needs.",
      },
    },
  ];
}
