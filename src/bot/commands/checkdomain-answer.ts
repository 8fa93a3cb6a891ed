/** Tells what an audit found: two verdicts, what to do in order of effect, a row per standard, details folded. */

import type { DomainListings } from "../../blocklist/index.ts";
import type { Audit, CheckName, CheckState, Finding, RecordChange } from "../../domain/index.ts";
import { checkNames, checks } from "../../domain/index.ts";
import {
  type Answer,
  type CheckRow,
  code,
  type FollowUp,
  type Inline,
  type Section,
  type Status,
  say,
  strong,
} from "../answer.ts";
import { domainDetails } from "./checkdomain-details.ts";
import { isAboutListing, listedSubject, listingDetails, listingRow } from "./checkdomain-listings.ts";
import { commands } from "./index.ts";

/** @param listings what the blocklists said, where they were asked */
export function domainAnswer(audit: Audit, listings?: DomainListings): Answer {
  return {
    title: titleOf(audit),
    status: statusOf(audit),
    summary: summaryOf(audit),
    sections: [
      ...beware(audit),
      {
        kind: "checks",
        rows: [
          ...checkNames.flatMap((name) => rowOf(name, audit)),
          ...(listings ? listingRow(listings) : []),
        ],
      },
      ...senderResult(audit),
      ...thingsToDo(audit),
      ...notChecked(audit),
      ...domainDetails(audit),
      ...(listings ? listingDetails(listings) : []),
    ],
    followUps: followUps(audit, listings),
    sources: [],
  };
}

function titleOf(audit: Audit): string {
  const { domain, canReceive } = audit;
  if (audit.records.domain.exists === false) return `${domain} does not exist`;
  const receives = {
    yes: "can receive mail",
    no: "cannot receive mail",
    unknown: "may receive mail (that could not be checked)",
  }[canReceive];
  return `${domain} ${receives}, ${trustInTitle(audit)}`;
}

function trustInTitle({ senderTrust, canReceive, records }: Audit): string {
  const good = canReceive === "yes" ? "and" : "but";
  const bad = canReceive === "yes" ? "but" : "and";
  switch (senderTrust) {
    case "enforced":
      return records.dmarc.policy.here === "quarantine"
        ? `${good} mail that pretends to be from it is treated as spam`
        : `${good} mail that pretends to be from it is refused`;
    case "monitored":
    case "none":
      return `${bad} anyone can pretend to be them`;
    case "unknown":
      return "and whether its From address can be trusted is not known";
  }
}

function statusOf({ findings, canReceive, senderTrust }: Audit): Status {
  const has = (severity: Finding["severity"]) => findings.some((finding) => finding.severity === severity);
  if (has("problem")) return "problem";
  if (canReceive === "unknown" || senderTrust === "unknown") return "unknown";
  return has("warning") ? "warning" : "ok";
}

/** For whoever is about to write to them, or has got mail from them. */
function summaryOf(audit: Audit): Inline[] {
  if (audit.records.domain.exists === false) {
    return say`No mail can reach it. Check the spelling; a mail from this name is a forgery or a mistake.`;
  }
  return say`${strong("Before you e-mail them:")} ${writingTo(audit)} ${trusting(audit)}`;
}

function writingTo({ canReceive, records }: Audit): string {
  if (canReceive === "yes") return "nothing stands in the way.";
  if (canReceive === "unknown") return "whether mail reaches them could not be checked.";
  return records.mx.source === "null"
    ? "the domain says that it takes no mail; find another address."
    : "mail to this domain will come back; reach them another way.";
}

function trusting({ senderTrust, records, results }: Audit): string {
  switch (senderTrust) {
    case "enforced": {
      const { authorised } = records.spf;
      const named = authorised !== null && (authorised.ipv4 > 0 || authorised.ipv6 !== "0");
      const canPass = results.dkim.state === "passed" || (results.spf.state === "passed" && named);
      return canPass
        ? "Mail in their name has to prove where it comes from, so the From address can be trusted."
        : "Mail in their name has to prove where it comes from, and nothing here could prove it: treat any as forged.";
    }
    case "monitored":
      return `Their DMARC policy only watches${records.dmarc.testing ? " (t=y)" : ""}: a mail from them may be forged, so call back before payments or changes of bank details.`;
    case "none":
      return "A mail from them cannot be verified: without DMARC the From address proves nothing, so call back before payments or changes of bank details.";
    case "unknown":
      return "Whether a mail from them can be trusted could not be checked.";
  }
}

function beware({ findings }: Audit): Section[] {
  const confusable = findings.find(({ id }) => id === "domain.confusable");
  if (!confusable) return [];
  const { evidence, why, fix } = confusable;
  return [{ kind: "text", text: say`${strong("Careful:")} ${evidence}. ${why} ${fix?.text ?? ""}` }];
}

/** What the sending address that was asked for gets. */
function senderResult({ records }: Audit): Section[] {
  const { sender } = records.spf;
  if (!sender) return [];
  return [
    {
      kind: "text",
      text: say`Mail from ${code(sender.ip)} gets ${strong(sender.result)} by SPF: ${sender.reason}.`,
    },
  ];
}

const STATES: Record<CheckState, string> = {
  passed: "passed",
  failed: "failed",
  absent: "not available",
  unknown: "could not be checked",
};

function rowOf(name: CheckName, { results, findings, records }: Audit): CheckRow[] {
  const { state, summary } = results[name];
  if (name === "domain" && state === "passed") return [];
  // Of a name that does not exist only what receivers make of it is worth a row.
  if (records.domain.exists === false && name !== "domain" && !(name === "dmarc" && state === "passed"))
    return [];
  const own = findings.filter(({ id }) => id.startsWith(prefixOf(name)));
  return [
    {
      status: rowStatus(name, state, own),
      label: labelOf(name, state),
      detail: say`${detailOf(state, summary)}`,
    },
  ];
}

function detailOf(state: CheckState, summary: string): string {
  return state === "unknown" && summary === STATES.unknown ? "" : summary;
}

/** `mtaSts` → `mta-sts.`, the beginning of its findings' ids. */
function prefixOf(name: CheckName): string {
  return `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.`;
}

function labelOf(name: CheckName, state: CheckState): string {
  if (name === "mx") {
    return {
      passed: "Receives mail",
      failed: "Receives no mail",
      absent: "Receives no mail",
      unknown: "Mail servers could not be checked",
    }[state];
  }
  return `${checks[name].label} ${STATES[state]}`;
}

/** Standards that every domain should have; where they are missing, something is open. */
const BASIC: ReadonlySet<CheckName> = new Set(["spf", "dkim", "dmarc"]);

function rowStatus(name: CheckName, state: CheckState, findings: readonly Finding[]): Status {
  const has = (severity: Finding["severity"]) => findings.some((finding) => finding.severity === severity);
  if (state === "unknown") return "unknown";
  if (state === "absent") return BASIC.has(name) ? "unknown" : "info";
  const troubled = has("problem") || has("warning");
  if (state === "passed") return troubled ? "warning" : "ok";
  return has("warning") && !has("problem") ? "warning" : "problem";
}

/** The most things to do that are told before the details. */
const MAX_THINGS = 5;

/** What whoever runs the domain can do about the findings, the records to publish with it. */
export function thingsToDo({ findings }: Pick<Audit, "findings">): Section[] {
  const worth = findings.filter(
    ({ id, severity, fix }) => fix !== null && severity !== "unknown" && id !== "domain.confusable",
  );
  if (worth.length === 0) return [];
  const told = worth.slice(0, MAX_THINGS);
  const more = worth.length - told.length;
  const sections = told.flatMap((finding, index) => thingToDo(finding, index, told));
  const rest: Section[] =
    more > 0
      ? [
          {
            kind: "text",
            text: say`${more} more ${more === 1 ? "point stands" : "points stand"} under “Everything that was found”.`,
          },
        ]
      : [];
  return [{ kind: "heading", text: "If this is your domain" }, ...sections, ...rest];
}

function thingToDo(finding: Finding, index: number, told: readonly Finding[]): Section[] {
  const { why, fix } = finding;
  const record = fix?.record;
  const earlier = record ? told.findIndex((other) => sameRecord(other, record)) : index;
  const note =
    earlier < index ? ` This changes the same record as ${earlier + 1}; do that first, then ask again.` : "";
  const text: Section = {
    kind: "text",
    text: say`${strong(`${index + 1}. ${standardOf(finding)}.`)} ${[why, fix?.text ?? ""].join(" ").trim()}${note}`,
  };
  const file: Section[] = fix?.file
    ? [{ kind: "code", caption: `Serve at ${fix.file.url}:`, text: fix.file.text }]
    : [];
  // a record that announces a file comes after it
  return [text, ...file, ...(record && note === "" ? recordChange(record) : [])];
}

/** Two changes of one record cannot both be copied: the second would undo the first. */
function sameRecord({ fix }: Finding, { name, type, before }: RecordChange): boolean {
  const other = fix?.record;
  return other?.name === name && other.type === type && other.before === before;
}

function recordChange({ name, type, before, after }: RecordChange): Section[] {
  const at = `at ${name}, type ${type}:`;
  if (before === null) return [{ kind: "code", caption: `Publish ${at}`, text: after ?? "" }];
  if (after === null) return [{ kind: "code", caption: `Delete ${at}`, text: before }];
  return [
    { kind: "code", caption: `Replace ${at}`, text: before },
    { kind: "code", caption: "by:", text: after },
  ];
}

/** What could not be checked, by the question that was not answered. */
function notChecked({ findings }: Audit): Section[] {
  const open = Map.groupBy(
    findings.filter(({ severity }) => severity === "unknown"),
    ({ evidence }) => evidence,
  );
  if (open.size === 0) return [];
  const items = [...open].map(([evidence, of]) => {
    const labels = [...new Set(of.map(standardOf))].join(", ");
    return say`${strong(labels)}: ${evidence}`;
  });
  const more = items.length - MAX_OPEN;
  return [
    { kind: "heading", text: "Could not be checked" },
    { kind: "list", items: [...items.slice(0, MAX_OPEN), ...(more > 0 ? [say`and ${more} more`] : [])] },
  ];
}

const MAX_OPEN = 6;

/** The standard that a finding is about, as people write it. */
export function standardOf(finding: Finding): string {
  if (isAboutListing(finding)) return "Blocklists";
  const name = checkNames.find((each) => finding.id.startsWith(prefixOf(each)));
  return name === undefined ? "Domain" : checks[name].label;
}

function followUps(
  { domain, records, senderTrust }: Audit,
  listings: DomainListings | undefined,
): FollowUp[] {
  const { registrableDomain } = records.domain;
  const address = records.mx.hosts.flatMap(({ addresses }) => addresses.filter((one) => one.public))[0]
    ?.address;
  const subject = (listings && listedSubject(listings)) ?? address ?? (listings ? domain : undefined);
  const offersCheckip = commands.some(({ name }) => name === "checkip");
  return [
    ...(registrableDomain === null
      ? []
      : [{ label: `Check ${registrableDomain}`, command: "checkdomain", text: registrableDomain } as const]),
    { label: "Check again", command: "checkdomain", text: domain },
    { label: "Watch", command: "watch", text: domain },
    ...(offersCheckip && subject !== undefined
      ? [{ label: "Blocklists", command: "checkip", text: subject } as const]
      : []),
    ...(senderTrust === "enforced"
      ? []
      : [{ label: "What is DMARC?", command: "mailguide", text: "dmarc" } as const]),
  ];
}
