import * as z from "zod";
import type { ReceiverWords } from "./receiver-words.ts";

const words = z.record(z.string(), z.string());

/** The form of `knowledge/receiver-claims.yaml`. */
export const receiverClaimsForm: z.ZodType<ReceiverWords> = z.strictObject({
  microsoft: z.strictObject({
    filterVerdicts: words,
    categories: words,
    addressVerdicts: words,
    compositeReasons: words,
    compositeReasonGroups: words,
  }),
});
