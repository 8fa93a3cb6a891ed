/** Tells what one entry of the knowledge says: how it stands, who must act, what each can do. */
import type { Actor, Category, Entry, Permanence, Remedies, Retry } from "../../knowledge/index.ts";
import { type Inline, type Section, type Status, say, strong } from "../answer.ts";

/** What an answer can say of an entry's matter; a guide has it from the category of the same name. */
export interface Verdict {
  readonly permanence: Permanence;
  readonly retry: Retry | null;
  readonly act: readonly Actor[];
  readonly remedies: Remedies;
}

export function verdictOfCategory({ act, retry, remedies }: Category): Verdict {
  return { permanence: "unknown", retry, act, remedies };
}

const actorNames: Record<Exclude<Actor, "nobody">, string> = {
  sender: "the sender",
  senderAdmin: "the sender's mail administrator",
  recipient: "the recipient",
  recipientAdmin: "the recipient's mail administrator",
  provider: "the operator of the service that refuses",
};

const roles = [
  { role: "sender", label: "Sender" },
  { role: "senderAdmin", label: "Sender's administrator" },
  { role: "recipient", label: "Recipient" },
  { role: "recipientAdmin", label: "Recipient's administrator" },
] as const;

/** The colour of an answer about such a reply. */
export function statusOf(permanence: Permanence): Status {
  switch (permanence) {
    case "permanent":
      return "problem";
    case "temporary":
      return "warning";
    case "success":
      return "ok";
    default:
      return "info";
  }
}

/** Whether it stays so and who must act, in one or two sentences. */
export function tellVerdict(verdict: Verdict): Inline[] {
  const permanence = tellPermanence(verdict);
  const act = tellActors(verdict.act);
  if (permanence === "") return act;
  return act.length > 0 ? [{ text: `${permanence} ` }, ...act] : [{ text: permanence }];
}

function tellPermanence({ permanence, retry }: Verdict): string {
  switch (permanence) {
    case "permanent":
      return retry === "no"
        ? "Permanent: sending it again will not help."
        : "Permanent: sending it again unchanged will fail again.";
    case "temporary":
      return retry === "after-fix"
        ? "Temporary: the sending server tries again by itself, but it will fail until something is changed."
        : "Temporary: the sending server tries again by itself.";
    case "success":
      return "It worked; this is not an error.";
    case "intermediate":
      return "Not an error: the server waits for what comes next.";
    case "either":
      return "The first digit decides: 4 is temporary and tried again, 5 is permanent.";
    case "unknown":
      return "";
  }
}

function tellActors(act: readonly Actor[]): Inline[] {
  const able = act.filter((actor) => actor !== "nobody").map((actor) => actorNames[actor]);
  const [first, second] = able;
  if (first === undefined) return act.includes("nobody") ? say`Nobody has to act.` : [];
  const start = strong(first[0]?.toUpperCase() + first.slice(1));
  return second === undefined ? say`${start} must act.` : say`${start} must act, or else ${second}.`;
}

/** What each role can do, whoever must act first. */
export function tellRemedies({ act, remedies }: Verdict): Section[] {
  const place = (role: Actor) => (act.includes(role) ? act.indexOf(role) : act.length);
  const rows = [...roles]
    .sort((a, b) => place(a.role) - place(b.role))
    .flatMap(({ role, label }) => {
      const remedy = remedies[role];
      return remedy === undefined ? [] : [{ label, value: [{ text: remedy }] }];
    });
  if (rows.length === 0) return [];
  return [
    { kind: "heading", text: "What to do" },
    { kind: "facts", rows },
  ];
}

/** Causes and literal examples, folded. */
export function tellBackground({ causes, examples }: Entry): Section[] {
  const sections: Section[] = [];
  if (causes.length > 0) sections.push({ kind: "list", items: causes.map((cause) => [{ text: cause }]) });
  if (examples.length > 0)
    sections.push({ kind: "code", text: examples.join("\n"), caption: "As servers write it" });
  return sections.length > 0 ? [{ kind: "details", title: "Usual causes and examples", sections }] : [];
}
