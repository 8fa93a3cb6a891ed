/** The errors that end an SPF evaluation, as findings. */
import type { Finding, Fix } from "./finding.ts";
import type { SpfFacts } from "./spf-findings.ts";
import { mergeRecords, repairSyntax, savedLookups, withoutTerms } from "./spf-fix.ts";
import { MAX_LOOKUPS, MAX_VOID_LOOKUPS, type SpfError, type SpfErrorKind } from "./spf-verdict.ts";
import type { SpfNode } from "./spf-walk.ts";

const NOBODY = "Receivers stop there with an error, so the policy authorises nobody.";

const DESCRIPTIONS: Record<SpfErrorKind, { id: string; reference: string; why: string }> = {
  syntax: {
    id: "spf.syntax",
    reference: "RFC 7208 §4.6",
    why: `One mistake makes the whole record void. ${NOBODY}`,
  },
  multiple: {
    id: "spf.multiple",
    reference: "RFC 7208 §4.5",
    why: `There must be one SPF record, not several. ${NOBODY}`,
  },
  "too-many-lookups": {
    id: "spf.too-many-lookups",
    reference: "RFC 7208 §4.6.4",
    why: `The policy needs more than the ${MAX_LOOKUPS} DNS look-ups that are allowed. ${NOBODY}`,
  },
  "too-many-void-lookups": {
    id: "spf.too-many-void-lookups",
    reference: "RFC 7208 §4.6.4",
    why: `More than ${MAX_VOID_LOOKUPS} look-ups find nothing. ${NOBODY}`,
  },
  "too-many-mx": {
    id: "spf.too-many-mx",
    reference: "RFC 7208 §4.6.4",
    why: `An mx term may lead to ten names at most. ${NOBODY}`,
  },
  "include-missing": {
    id: "spf.include-missing",
    reference: "RFC 7208 §5.2",
    why: `The policy includes a domain that has no SPF record. ${NOBODY}`,
  },
  "redirect-missing": {
    id: "spf.redirect-missing",
    reference: "RFC 7208 §6.1",
    why: `The policy leads on to a domain that has no SPF record. ${NOBODY}`,
  },
  "bad-target": {
    id: "spf.syntax",
    reference: "RFC 7208 §4.3",
    why: `A name in the policy cannot be looked up. ${NOBODY}`,
  },
  loop: {
    id: "spf.loop",
    reference: "RFC 7208 §4.6.4",
    why: `The policy includes itself, which uses up all look-ups. ${NOBODY}`,
  },
  unchecked: {
    id: "spf.unchecked",
    reference: "RFC 7208 §4.4",
    why: "This part of the policy could not be looked up, so whether it is valid is not known.",
  },
};

export function spfErrorFinding(error: SpfError, facts: SpfFacts): Finding {
  const { id, reference, why } = DESCRIPTIONS[error.kind];
  const node = findNode(facts.root, error.domain);
  const record = node?.texts.length ? ` TXT ${node.texts.map((text) => `"${text}"`).join(", ")}` : "";
  const evidence = error.kind === "unchecked" ? error.text : `${error.domain}${record}: ${error.text}`;
  const severity = error.kind === "unchecked" ? "unknown" : "problem";
  return { id, severity, evidence, reference, why, fix: fixOf(error, facts, node) };
}

function findNode(node: SpfNode, domain: string): SpfNode | null {
  if (node.domain === domain && node.status !== "loop") return node;
  for (const { child } of node.terms) {
    const found = child && findNode(child, domain);
    if (found) return found;
  }
  return null;
}

/** Only the domain's own record is rewritten; what others publish is theirs to mend. */
function fixOf(
  error: SpfError,
  { domain, root, evaluation, services }: SpfFacts,
  node: SpfNode | null,
): Fix | null {
  if (error.kind === "unchecked") return null;
  const own = node === root ? root.record : null;
  const change = (text: string, after: string | null): Fix =>
    own && after !== null && after !== own.text
      ? { text, record: { name: domain, type: "TXT", before: own.text, after } }
      : { text };
  const theirs = `The fault is in the record of ${error.domain}: tell whoever runs it, or remove the term that includes it if nothing of it is needed.`;
  switch (error.kind) {
    case "syntax":
    case "bad-target":
      return own ? change("Correct the term.", repairSyntax(own)) : { text: theirs };
    case "multiple": {
      if (!own) return { text: theirs };
      const merged = mergeRecords(root.texts);
      const text = "Merge them into one record and delete the others.";
      if (merged === null)
        return {
          text: `${text} They do not end in the same way, or one leads elsewhere, so a person must decide which end is meant.`,
        };
      return { text, record: { name: domain, type: "TXT", before: root.texts.join("\n"), after: merged } };
    }
    case "too-many-lookups": {
      const { text, after } = savedLookups(root, evaluation, services);
      return change(text, after);
    }
    case "too-many-void-lookups":
      return {
        text: "Remove the terms whose names do not exist (any more); the tree marks them. They authorise nobody.",
      };
    case "too-many-mx":
      return { text: "Name the servers by ip4 and ip6 instead of mx." };
    case "include-missing":
    case "redirect-missing":
    case "loop": {
      const owner = error.kind === "loop" ? ownerOf(root, error.domain) : node;
      if (owner !== root || !root.record) return { text: theirs };
      const terms = root.terms.filter(
        ({ term, child }) =>
          child &&
          (child.status === "none" || child.status === "loop") &&
          (error.term === null || term.text === error.term),
      );
      const after = withoutTerms(
        root.record,
        terms.map(({ term }) => term),
      );
      const text =
        error.kind === "loop"
          ? "Remove the term that leads back: it adds nothing."
          : `Remove ${error.term ?? "the term"}: it authorises nobody now and breaks the rest. If a service that sends for you is meant, ask it for the right name.`;
      const record = { name: domain, type: "TXT", before: root.record.text, after } as const;
      return error.kind === "redirect-missing" || terms.length === 0 ? { text } : { text, record };
    }
  }
}

/** The record that leads back to `domain`. */
function ownerOf(node: SpfNode, domain: string): SpfNode | null {
  if (node.terms.some(({ child }) => child?.status === "loop" && child.domain === domain)) return node;
  for (const { child } of node.terms) {
    const found = child && ownerOf(child, domain);
    if (found) return found;
  }
  return null;
}
