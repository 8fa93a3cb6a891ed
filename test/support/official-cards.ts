import { createRequire } from "node:module";

// The library's module build needs a bundler; its single file loads as CommonJS.
const cards: typeof import("adaptivecards") = createRequire(import.meta.url)(
  "adaptivecards/dist/adaptivecards.js",
);

/** What Microsoft's own library finds wrong with a card: unknown elements, bad enumerations, missing parts. */
export function officialCardProblems(card: Record<string, unknown>): string[] {
  if (card.type !== "AdaptiveCard") return ["not an Adaptive Card"];
  if (!["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"].includes(String(card.version)))
    return ["a version above 1.5"];
  const context = new cards.SerializationContext(cards.Versions.v1_5);
  const parsed = new cards.AdaptiveCard();
  parsed.parse(card, context);
  const events = Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index));
  const failures = parsed.validateProperties().validationEvents;
  return [...events, ...failures].map(({ message }) => message);
}
