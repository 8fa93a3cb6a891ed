import type { KnownBlock } from "@slack/types";

/** One Slack message to send: its blocks and the plain text for notifications and screen readers (already escaped). */
export interface Message {
  text: string;
  blocks: KnownBlock[];
}

/** What a message may hold (docs.slack.dev, Block Kit reference; the total is below where Slack was seen to refuse). */
export const LIMITS = {
  blocks: 50,
  viewBlocks: 100,
  totalText: 12_000,
  fallbackText: 3_000,
  header: 150,
  sectionText: 3_000,
  /** Slack takes 75 and shows about 30. */
  buttonText: 34,
  buttonValue: 2_000,
  url: 3_000,
  actionElements: 25,
  containerBlocks: 10,
  tableRows: 100,
  tableColumns: 20,
  tableText: 10_000,
  id: 255,
} as const;
