/** The form of the files in `knowledge/bounces`. */
import { z } from "zod";
import { reasons } from "./report.ts";

const reasonSchema = z.enum(reasons);
const commandSchema = z.enum(["CONN", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "EOD"]);
const sourcesSchema = z.array(z.string().min(3)).min(1);

/** `reasons.yaml`: words by which servers give a reason; the earlier entry wins where a text holds words of two. */
export const reasonsForm = z.strictObject({
  sources: sourcesSchema,
  reasons: z.array(
    z.strictObject({
      reason: reasonSchema,
      /** Tokens that decide, in the syntax of provider entries: `*`, `(a|b)`, `e?`. */
      phrases: z.array(z.string().min(3)).default([]),
      /** Tokens that are asked only when neither phrases nor the status code decided. */
      weak: z.array(z.string().min(3)).default([]),
      /** The words leave no doubt, whatever command they answer. */
      certain: z.boolean().default(false),
      /** Only when one of these SMTP commands was refused. */
      commands: z.array(commandSchema).default([]),
    }),
  ),
  /** Enhanced status codes without their class that mean one reason. */
  statusReasons: z.record(z.string().regex(/^\d\.\d{1,3}$/), reasonSchema),
});
export type ReasonsFile = z.infer<typeof reasonsForm>;

/** `templates.yaml`: how products word their notifications. All phrases are literal. */
export const templatesForm = z.strictObject({
  sources: sourcesSchema,
  templates: z.array(
    z.strictObject({
      product: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
      kind: z.enum(["bounce", "delay", "auto-reply"]).default("bounce"),
      /** Words that only such a notification holds. */
      marks: z.array(z.string().min(4)).min(1),
      /** Words right before the addresses that failed. */
      recipients: z.array(z.string().min(3)).default([]),
      /** Words right before what the other server said. */
      diagnostics: z.array(z.string().min(4)).default([]),
    }),
  ),
  /** Words after which the returned message begins. */
  originals: z.array(z.string().min(6)).min(1),
});
export type TemplatesFile = z.infer<typeof templatesForm>;

const groupSchema = z.enum([
  "address",
  "mailbox-full",
  "host",
  "network",
  "reputation",
  "authentication",
  "relay",
  "content",
  "policy",
  "size",
  "rate",
  "system",
  "unknown",
]);

/** `causes.yaml`: how an answer tells each reason. */
export const causesForm = z.strictObject({
  causes: z.record(
    reasonSchema,
    z.strictObject({
      /** Completes "Could not be delivered to X: …". */
      cause: z.string().min(5),
      category: z.string().nullable(),
      group: groupSchema,
    }),
  ),
});
export type CausesFile = z.infer<typeof causesForm>;
