/** What in a message does not fit together, or looks like something else. Much of it is usual; nothing here accuses. */
import { domainToASCII } from "node:url";
import { getDomain } from "tldts";
import { readableValue } from "../bounce/mime.ts";
import { findConfusables } from "../domain/confusable.ts";
import type { Finding, Severity } from "../domain/finding.ts";
import { domainIn } from "./authentication-results.ts";
import type { HeaderField } from "./header-fields.ts";
import { valuesOf } from "./header-fields.ts";
import type { People, Person } from "./people.ts";

/** Characters that show nothing, or turn the reading direction. */
const HIDDEN = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/u;

export interface MismatchInput {
  readonly fields: readonly HeaderField[];
  readonly people: People;
  /** The envelope sender's domain; null: empty or not known. */
  readonly envelopeDomain: string | null;
}

export function findMismatches(input: MismatchInput): Finding[] {
  const { fields, people } = input;
  const [from] = people.from;
  return [
    ...fromFindings(fields, people),
    ...(from ? nameFindings(from) : []),
    ...(from?.domain ? lookAlikes(from.domain, people) : []),
    ...(from?.domain ? otherDomains(from.domain, input) : []),
    ...hiddenCharacters(fields),
    ...repeated(fields),
  ];
}

function fromFindings(fields: readonly HeaderField[], { from }: People): Finding[] {
  const count = valuesOf(fields, "from").length;
  const domains = new Set(from.map(({ domain }) => domain));
  if (count <= 1 && domains.size <= 1) return [];
  return [
    finding(
      "from.several",
      "warning",
      from
        .map(({ address }) => address)
        .slice(0, 5)
        .join(", ") || `${count} From fields`,
      "RFC 5322 §3.6, RFC 9989 §5.3.1",
      "The message names more than one author. Programs may show different ones, and DMARC cannot be evaluated.",
    ),
  ];
}

/** Fields of which a message has one at most. */
const ONCE = ["subject", "date", "reply-to", "to", "message-id", "content-type"];

/** A signature may cover the one field and a program show the other. */
function repeated(fields: readonly HeaderField[]): Finding[] {
  const twice = ONCE.filter((name) => fields.filter(({ key }) => key === name).length > 1);
  if (twice.length === 0) return [];
  return [
    finding(
      "header.repeated",
      "warning",
      `more than one field: ${twice.join(", ")}`,
      "RFC 5322 §3.6, RFC 6376 §8.15",
      "A signature covers the lowest field of a name, and programs may show the topmost one, which anybody on the way could have added.",
    ),
  ];
}

/** `"ceo@ours.example" <someone@elsewhere.example>`: many programs show only the name. */
function nameFindings({ name, address, domain }: Person): Finding[] {
  const shown = /[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,8}[\w-]{2,63})/.exec(name)?.[1]?.toLowerCase();
  if (shown === undefined || domain === null || sameOrganization(shown, domain)) return [];
  return [
    finding(
      "from.name-shows-other-address",
      "warning",
      `“${name}” <${address}>`,
      "RFC 5322 §3.4",
      "The name beside the From address is itself an address, of another domain. Programs that show only the name make readers take it for the sender; some list servers do this with good reason.",
    ),
  ];
}

function lookAlikes(domain: string, { to, replyTo }: People): Finding[] {
  const ascii = domainToASCII(domain) || domain;
  const found = findConfusables(ascii).map((one) => ({ ...one, id: "from.look-alike" }));
  const others = [...to, ...replyTo].flatMap((person) => (person.domain === null ? [] : [person.domain]));
  const twin = others.find(
    (other) => other !== domain && !sameOrganization(other, domain) && looksLike(other, domain),
  );
  if (twin === undefined) return found;
  return [
    ...found,
    finding(
      "from.look-alike",
      "warning",
      `${domain} and ${twin}`,
      "UTS 39 §4",
      "The From domain is spelled almost like another domain of this message. It can be chance; compare it letter by letter.",
    ),
  ];
}

/** Names that are read alike (`rn` and `m`, `0` and `o`), or differ by one letter in a long name. */
function looksLike(one: string, other: string): boolean {
  const [a, b] = [getDomain(one) ?? one, getDomain(other) ?? other];
  if (a.length > 80 || b.length > 80) return false;
  return skeleton(a) === skeleton(b) || (Math.min(a.length, b.length) >= 10 && differsByOne(a, b));
}

function skeleton(domain: string): string {
  return domain
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replaceAll("cl", "d")
    .replace(/[01il5-]/g, (letter) => {
      return { "0": "o", "1": "l", i: "l", l: "l", "5": "s", "-": "" }[letter] ?? letter;
    });
}

/** By one letter that is added, left out, replaced, or swapped with its neighbour. */
function differsByOne(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  const rest = short.slice(at);
  if (short.length < long.length) return rest === long.slice(at + 1);
  const swapped =
    rest.slice(0, 2) === long[at + 1]?.concat(long[at] ?? "") && rest.slice(2) === long.slice(at + 2);
  return swapped || rest.slice(1) === long.slice(at + 1);
}

function otherDomains(from: string, { fields, people, envelopeDomain }: MismatchInput): Finding[] {
  const findings: Finding[] = [];
  const reply = people.replyTo.find(({ domain }) => domain !== null && !sameOrganization(domain, from));
  if (reply)
    findings.push(
      finding(
        "reply-to.other-domain",
        "warning",
        `From ${from}, Reply-To ${reply.address}`,
        "RFC 5322 §3.6.2",
        "Answers go to another domain than the From address. Mailing services and lists do so; look at the address before you answer.",
      ),
    );
  if (envelopeDomain !== null && !sameOrganization(envelopeDomain, from))
    findings.push(
      finding(
        "return-path.other-domain",
        "advice",
        `From ${from}, Return-Path ${envelopeDomain}`,
        "RFC 9989 §4.4.2",
        "Bounces go to another domain than the From address, so SPF cannot speak for it. Usual for mailing services and lists, which sign with DKIM for the From domain instead.",
      ),
    );
  const sender = people.sender.find(({ domain }) => domain !== null && !sameOrganization(domain, from));
  if (sender)
    findings.push(
      finding(
        "sender.other-domain",
        "advice",
        `From ${from}, Sender ${sender.address}`,
        "RFC 5322 §3.6.2",
        "Somebody else sent it on the author's behalf. Usual for lists and mailing services.",
      ),
    );
  const messageId = valuesOf(fields, "message-id")[0] ?? "";
  const idDomain = domainIn(/<?([^<>\s]{1,500})>?/.exec(messageId)?.[1] ?? "");
  if (messageId === "" || (idDomain !== null && messageId.includes("@") && !sameOrganization(idDomain, from)))
    findings.push(
      finding(
        "message-id.other-domain",
        "advice",
        messageId === "" ? "there is no Message-ID" : `From ${from}, Message-ID at ${idDomain}`,
        "RFC 5322 §3.6.4",
        "The Message-ID names the system that made the message. One of another domain is usual for mailing services and proves nothing.",
      ),
    );
  return findings;
}

function hiddenCharacters(fields: readonly HeaderField[]): Finding[] {
  const field = ["from", "subject", "reply-to"].find((key) =>
    valuesOf(fields, key).some((value) => HIDDEN.test(readableValue(value))),
  );
  if (field === undefined) return [];
  return [
    finding(
      `${field}.hidden-characters`,
      "warning",
      `the ${field === "from" ? "From" : field === "subject" ? "Subject" : "Reply-To"} field holds characters that cannot be seen`,
      "UTS 39 §5",
      "Characters that show nothing or turn the reading direction can make a text look like another one.",
    ),
  ];
}

function sameOrganization(one: string, other: string): boolean {
  const [a, b] = [domainToASCII(one) || one, domainToASCII(other) || other];
  return (getDomain(a) ?? a) === (getDomain(b) ?? b);
}

function finding(id: string, severity: Severity, evidence: string, reference: string, why: string): Finding {
  return { id, severity, evidence, reference, why, fix: null };
}
