/**
 * The form of what Postie knows. Every file in `knowledge/` is checked against these schemas when it is loaded; the
 * doc comments here are the reference for whoever edits those files.
 */
import { z } from "zod";

/** Who can do something about a failed message. `provider` is a third party, such as a blocklist's operator. */
export const actors = ["sender", "senderAdmin", "recipient", "recipientAdmin", "provider", "nobody"] as const;
export type Actor = (typeof actors)[number];

/** What each of the four roles can do, in plain sentences; a role that can do nothing is told so, or left out. */
export const remediesSchema = z.strictObject({
  sender: z.string().optional(),
  senderAdmin: z.string().optional(),
  recipient: z.string().optional(),
  recipientAdmin: z.string().optional(),
});
export type Remedies = z.infer<typeof remediesSchema>;

/** `success` and `intermediate` are the 2yz and 3yz replies; `either`: the class digit decides. */
const permanenceSchema = z.enum(["permanent", "temporary", "either", "success", "intermediate", "unknown"]);
export type Permanence = z.infer<typeof permanenceSchema>;

/** `automatic`: the sending server tries again by itself; `after-fix`: only once something changed; `no`: never worth it. */
const retrySchema = z.enum(["automatic", "after-fix", "no", "not-needed"]);
export type Retry = z.infer<typeof retrySchema>;

/** A day, a month or a year; YAML gives a year without quotes as a number. */
const dateSchema = z.preprocess(
  (date) => (typeof date === "number" ? String(date) : date),
  z.string().regex(/^\d{4}(-\d{2}(-\d{2})?)?$/, "a date such as 2026, 2026-07 or 2026-07-15"),
);

/** A source: `RFC 5321 §4.2.3` (its page is known), or the id of one in `sources/*.yaml`. */
const sourceSchema = z.string().min(3);

/** Another word for something; YAML gives digits without quotes as a number. */
const aliasSchema = z.preprocess(
  (alias) => (typeof alias === "number" ? String(alias) : alias),
  z.string().max(80),
);

/** A kebab-case word. */
const slugSchema = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "a word such as mail-loop");

const replyCodeSchema = z.string().regex(/^\d{3}$/, 'three digits in quotes, such as "550"');
const enhancedSchema = z
  .string()
  .regex(/^[245X]\.\d{1,3}\.\d{1,3}(-\d{1,3})?$/, "a code such as 5.7.26, X.7.26 or a range 5.7.606-649");

/** Fields that every explanation has, whatever its kind. */
const explanation = {
  title: z.string().min(3).max(120),
  /** What it means, in one to three plain sentences that a help desk understands and an administrator finds exact. */
  meaning: z.string().min(10),
  /** The usual causes, the most frequent first. */
  causes: z.array(z.string()).default([]),
  category: slugSchema.optional(),
  permanence: permanenceSchema.optional(),
  retry: retrySchema.optional(),
  /** When and how a retry makes sense ("greylisting: the second try after 5 to 15 minutes is accepted"). */
  retryNote: z.string().optional(),
  /** Who must act, the most important first. */
  act: z.array(z.enum(actors)).optional(),
  remedies: remediesSchema.optional(),
  /** Literal server lines, as they are met. */
  examples: z.array(z.string()).default([]),
  sources: z.array(sourceSchema).min(1),
  /** Other words people search it by, in any language. Short: these are searched fuzzily. */
  aliases: z.array(aliasSchema).default([]),
  /** Guides worth reading next (ids without `guide:`). */
  guides: z.array(slugSchema).default([]),
  validFrom: dateSchema.optional(),
  validUntil: dateSchema.optional(),
};

/** `reply-codes.yaml`: id `reply:550`. */
export const replyEntrySchema = z.strictObject({
  code: replyCodeSchema,
  /** False for codes that no standard defines, and for operating-system errors. */
  standard: z.boolean(),
  ...explanation,
});

/** `enhanced-status-codes/*.yaml`, `codes`: id `status:X.7.26`. */
export const statusEntrySchema = z.strictObject({
  code: z.string().regex(/^X\.\d{1,3}\.\d{1,3}$/, "a code such as X.7.26"),
  /** The registry's own name of it. */
  name: z.string(),
  /** Reply codes that go with it, as the registry says. */
  replyCodes: z.array(replyCodeSchema).default([]),
  standard: z.boolean(),
  ...explanation,
});

/** `enhanced-status-codes/*.yaml`, `subject`: id `subject:X.7`. */
export const subjectEntrySchema = z.strictObject({
  code: z.string().regex(/^X\.\d$/, "a subject such as X.7"),
  ...explanation,
});

/**
 * `providers/SLUG.yaml`, `entries`: id `SLUG:KEY`, where KEY is the enhanced code, the token or a word of one's own
 * (`gmail:5.7.26`, `yahoo:TSS04`).
 */
export const providerEntrySchema = z.strictObject({
  key: z.string().regex(/^\S+$/, "a key without blanks, such as 5.7.26 or TSS04"),
  /** Reply codes that it is seen with. */
  replyCodes: z.array(replyCodeSchema).default([]),
  /** Enhanced codes that it is seen with; a range such as 5.7.606-649 is one. */
  statusCodes: z.array(enhancedSchema).default([]),
  /**
   * Literal server text that identifies it: case and runs of blanks do not matter. `*` stands for up to 80 characters within
   * a line, `(a|b)` for either, `e?` for an optional letter before the `?`; `\` makes the next character literal.
   */
  tokens: z.array(z.string().min(2)).default([]),
  /** True when the tokens are too general to be believed without knowing the provider. */
  needsProvider: z.boolean().default(false),
  /** True when it was seen without the code given here, so that the code is not certain. */
  codeAssumed: z.boolean().default(false),
  /** What the standard says of the code, where the provider means something else. */
  standardSays: z.string().optional(),
  ...explanation,
});

/** `phrases.yaml`: id `phrase:KEY`, words that many servers use, whatever the provider. */
export const phraseEntrySchema = z.strictObject({
  key: slugSchema,
  tokens: z.array(z.string().min(3)).min(1),
  ...explanation,
});

/** `myths.yaml`: id `myth:KEY`. */
export const mythEntrySchema = z.strictObject({
  key: slugSchema,
  /** What is claimed, wrongly or no longer rightly. */
  claim: z.string(),
  /** Codes it is about, for exact look-ups. */
  codes: z.array(z.string()).default([]),
  ...explanation,
});

/** The front matter of `guides/ID.md`: id `guide:ID`; the Markdown after it is the guide. */
export const guideFrontMatterSchema = z.strictObject({
  title: z.string().min(3).max(120),
  /** The answer in one or two sentences. */
  summary: z.string().min(10),
  aliases: z.array(aliasSchema).default([]),
  related: z.array(slugSchema).default([]),
  sources: z.array(sourceSchema).min(1),
});

/** `guide-themes.yaml`: the order in which guides are listed. */
export const themeSchema = z.strictObject({ title: z.string().max(60), guides: z.array(slugSchema) });
export type Theme = z.infer<typeof themeSchema>;

/** `categories.yaml`: what many entries share. */
export const categorySchema = z.strictObject({
  id: slugSchema,
  title: z.string(),
  /** True when it names no cause: words of such a category tell no more than a code does. */
  general: z.boolean().default(false),
  act: z.array(z.enum(actors)).min(1),
  retry: retrySchema,
  remedies: remediesSchema,
  guides: z.array(slugSchema).default([]),
});
export type Category = z.infer<typeof categorySchema>;

/** `providers.yaml`: the slugs that entries and `@provider` arguments use. */
export const providerSchema = z.strictObject({
  slug: slugSchema,
  name: z.string(),
  /** Other names people use: `google`, `m365`. */
  aliases: z.array(z.string()).default([]),
  /** Host name suffixes of its servers, by which a bounce shows the provider: `google.com`. */
  hosts: z.array(z.string()).default([]),
  /** Domains whose mail it receives: `gmail.com`. */
  domains: z.array(z.string()).default([]),
});
export type Provider = z.infer<typeof providerSchema>;

/** `sources/*.yaml`. */
export const sourceEntrySchema = z.strictObject({
  id: slugSchema,
  title: z.string(),
  href: z.url({ protocol: /^https$/ }).optional(),
  /** When it was last read. */
  seen: dateSchema,
});
export type SourceEntry = z.infer<typeof sourceEntrySchema>;

/** The files' forms: a list under a named key, so that a file can be read on its own. */
export const files = {
  replyCodes: z.strictObject({ replyCodes: z.array(replyEntrySchema) }),
  statusCodes: z.strictObject({ subject: subjectEntrySchema, codes: z.array(statusEntrySchema) }),
  provider: z.strictObject({ provider: slugSchema, entries: z.array(providerEntrySchema) }),
  phrases: z.strictObject({ phrases: z.array(phraseEntrySchema) }),
  myths: z.strictObject({ myths: z.array(mythEntrySchema) }),
  categories: z.strictObject({ categories: z.array(categorySchema) }),
  providers: z.strictObject({ providers: z.array(providerSchema) }),
  themes: z.strictObject({ themes: z.array(themeSchema) }),
  sources: z.strictObject({ sources: z.array(sourceEntrySchema) }),
} as const;
