/** The form of `knowledge/blocklists.yaml`. The doc comments are the reference for whoever edits that file. */
import { z } from "zod";
import { KEY_VARIABLES, type KeyName } from "./keys.ts";

/** A name below which lists are asked; `<key>` stands for the key of the environment, `<hash>` for what is no address or name. */
const zoneNameSchema = z
  .string()
  .max(200)
  .regex(/^(<(key|hash)>\.)*[a-z0-9_-]+(\.[a-z0-9-]+)+$/i, "a zone such as zen.spamhaus.org");

/**
 * `127.0.0.2`; `*` for any octets (`127.0.*.3`, `127.*`); `[2-24]` for a range in one octet; `bit:64` where the last octet is a
 * sum of bits (only with `bitmask: true`).
 */
const matchSchema = z
  .string()
  .regex(
    /^(bit:(1|2|4|8|16|32|64|128)|127(\.(\d{1,3}|\*|\[\d{1,3}-\d{1,3}\])){1,3})$/,
    "a code such as 127.0.0.2, 127.0.*.3, 127.0.2.[2-24] or bit:64",
  );

const codeSchema = z.strictObject({
  match: matchSchema,
  /** `listed`: an accusation; `policy`: a fact without one; `allow`: a recommendation; `error`: no answer at all. */
  kind: z.enum(["listed", "policy", "allow", "error"]),
  /** The part of a composite list that answers so: `XBL`. */
  part: z.string().max(40).optional(),
  meaning: z.string().min(3),
});
export type Code = z.infer<typeof codeSchema>;

const dateSchema = z.string().regex(/^\d{4}(-\d{2}(-\d{2})?)?$/, 'a date in quotes such as "2024-06-05"');
const pageSchema = z.url({ protocol: /^(https?|mailto)$/ });

/** Test points (RFC 5782 §5): an address, or a name for lists of names. Where there is none, a random one must not be listed. */
const testSchema = z.strictObject({
  listed: z.string().optional(),
  unlisted: z.string().optional(),
  /** For questions about IPv6 addresses, where the list says so. */
  listed6: z.string().optional(),
  unlisted6: z.string().optional(),
});

const removalSchema = z.strictObject({
  page: pageSchema.optional(),
  /** What to do, in a plain sentence. */
  how: z.string().optional(),
  /** How long it takes, or when the entry goes by itself. */
  takes: z.string().optional(),
  /** Who has to do it; `operator`: whoever runs the listed machine or name, `network`: the provider of the address. */
  who: z.enum(["operator", "network", "nobody"]).default("operator"),
});

/** Without defaults: those of a field that a change does not give must not overwrite what the zone has. */
const fields = {
  zone: zoneNameSchema,
  /** What the reversed address or the name is put before, where it is not `zone` itself: `<key>.all.spamrats.com`. */
  apex: zoneNameSchema.optional(),
  name: z.string().min(2).max(80),
  /** Other names it goes by, in words, and other zones that give the same answers. */
  aliases: z.array(z.string()),
  operator: z.string(),
  /** `hash` lists are never asked. */
  lists: z.array(z.enum(["ip4", "ip6", "domain", "hash"])).min(1),
  /** `info`: whatever it answers is a fact and no accusation. */
  role: z.enum(["block", "allow", "info"]),
  /** `off` is for local files: the zone is not asked. */
  status: z.enum(["active", "keyed", "closed", "off"]),
  closedSince: dateSchema.optional(),
  /** Which key of the environment a keyed zone needs; without it, the zone can only be used by subscription. */
  key: z.enum(Object.keys(KEY_VARIABLES) as [KeyName, ...KeyName[]]).optional(),
  /** Contained in that zone, which is asked instead. */
  partOf: zoneNameSchema.optional(),
  /** The same data under another name, which is asked instead. */
  aliasOf: zoneNameSchema.optional(),
  /** Asked in place of that zone as soon as its key is there: the same data. */
  insteadOf: zoneNameSchema.optional(),
  /** Where its data went. */
  replacedBy: zoneNameSchema.optional(),
  /** A deceit that is never asked. */
  fraud: z.boolean(),
  /** What one entry covers: an address, its range, or the whole network of the provider. */
  scope: z.enum(["ip", "range", "asn"]),
  bitmask: z.boolean(),
  /** The list knows only names as they are registered (`example.org`), not what is below them. */
  registrable: z.boolean(),
  codes: z.array(codeSchema),
  test: testSchema,
  /** How much a listing matters for mail. */
  weight: z.enum(["high", "medium", "low"]),
  /** What a listing there means for mail, beyond what the weight says. */
  effect: z.string().optional(),
  removal: removalSchema.optional(),
  /** Questions a day that the operator allows without charge; the file's `dailyQuestions` where it names none. */
  dailyQuestions: z.int().positive().optional(),
  /** What whoever asks has to have done before: registering the resolver, a subscription. */
  needs: z.string().optional(),
  /** What else is worth knowing, above all how a closed list ended. */
  note: z.string().optional(),
  /** Ids of the file's `sources`. */
  sources: z.array(z.string()),
};

export const zoneSchema = z.strictObject({
  ...fields,
  aliases: fields.aliases.default([]),
  role: fields.role.default("block"),
  fraud: fields.fraud.default(false),
  scope: fields.scope.default("ip"),
  bitmask: fields.bitmask.default(false),
  registrable: fields.registrable.default(false),
  codes: fields.codes.default([]),
  test: fields.test.default({}),
  sources: fields.sources.default([]),
});
export type Zone = z.infer<typeof zoneSchema>;

const sourceSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  title: z.string(),
  href: z.url({ protocol: /^https$/ }).optional(),
  seen: dateSchema,
});

/** Some fields of a zone that is already there. */
const changeSchema = z.strictObject(fields).partial().required({ zone: true });

export const blocklistsForm = z.strictObject({
  /** Questions a day and zone where the zone names no limit of its own. */
  dailyQuestions: z.int().positive().optional(),
  sources: z.array(sourceSchema).default([]),
  blocklists: z.array(zoneSchema).default([]),
  /** In a local file: fields that are other than in ours. */
  changes: z.array(changeSchema).default([]),
});
export type BlocklistsFile = z.infer<typeof blocklistsForm>;
