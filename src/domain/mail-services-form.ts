import * as z from "zod";
import type { MailServices } from "./mail-services.ts";

const names = z.array(z.string().min(1)).default([]);

/** The form of `knowledge/dkim-selectors.yaml`. */
export const mailServicesForm: z.ZodType<MailServices> = z.strictObject({
  selectors: z.array(z.string().regex(/^[A-Za-z0-9_-]{1,63}$/)).min(1),
  services: z.array(
    z.strictObject({
      name: z.string().min(1),
      selectors: names,
      patterns: names,
      targets: names,
      includes: names,
      mx: names,
      note: z.string().optional(),
      seen: z.enum(["documented", "listed", "unconfirmed"]),
    }),
  ),
});
