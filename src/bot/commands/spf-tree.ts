import type { Audit } from "../../domain/index.ts";

type SpfTree = NonNullable<Audit["records"]["spf"]["tree"]>;
type SpfTreeTerm = SpfTree["terms"][number];

/** More lines than anyone reads. */
const MAX_LINES = 80;

/** An SPF policy as a drawing: each term with its look-ups, and below an include what it leads to. */
export function drawSpfTree(tree: SpfTree): string {
  const lines = [tree.domain, ...drawTerms(tree, "")];
  if (lines.length <= MAX_LINES) return lines.join("\n");
  return [...lines.slice(0, MAX_LINES), `… and ${lines.length - MAX_LINES} more`].join("\n");
}

function drawTerms({ terms }: SpfTree, indent: string): string[] {
  return terms.flatMap((term, index) => {
    const last = index === terms.length - 1;
    const line = `${indent}${last ? "└ " : "├ "}${term.term}${noteOf(term)}`;
    return [line, ...(term.child ? drawTerms(term.child, `${indent}${last ? "  " : "│ "}`) : [])];
  });
}

function noteOf({ lookups, void: isVoid, service, addresses, unanswered, child }: SpfTreeTerm): string {
  const notes = [
    ...(service === null ? [] : [service]),
    ...(lookups === null || lookups === 0 ? [] : [`${lookups} ${lookups === 1 ? "look-up" : "look-ups"}`]),
    ...(isVoid ? ["finds nothing"] : []),
    ...(child ? statusOf(child) : []),
    ...(addresses && addresses.ipv4 > 1 ? [`${addresses.ipv4.toLocaleString("en")} IPv4 addresses`] : []),
    ...(unanswered === null ? [] : ["no answer"]),
  ];
  return notes.length === 0 ? "" : `   (${notes.join(", ")})`;
}

function statusOf({ status }: SpfTree): string[] {
  switch (status) {
    case "found":
      return [];
    case "none":
      return ["no SPF record"];
    case "multiple":
      return ["several SPF records"];
    case "unknown":
      return ["no answer"];
    case "loop":
      return ["leads back, a loop"];
    case "too-deep":
      return ["not followed further"];
  }
}
