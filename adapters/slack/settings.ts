/** What Postie does in a channel, and the message that changes it. */
import { say } from "../../src/bot/answer.ts";
import type { Store } from "../../src/store/index.ts";
import { actions, button } from "./buttons.ts";
import type { Message } from "./message.ts";
import { paragraph, richText } from "./rich-text.ts";

/**
 * `always`: bounces that are pasted into the channel are answered, and mentions. `mention`: mentions only. `off`:
 * neither; slash commands work everywhere, since only the person who asks sees their answer.
 */
export type ChannelMode = "always" | "mention" | "off";

export const SETTINGS_ACTION = "postie_settings";

const modes: Record<ChannelMode, { label: string; says: string }> = {
  always: {
    label: "Answer pasted bounces",
    says: "answers bounces that are pasted here, and when it is mentioned",
  },
  mention: { label: "Only when mentioned", says: "answers here only when it is mentioned" },
  off: { label: "Off", says: "says nothing here" },
};

export interface Settings {
  mode(team: string, channel: string): ChannelMode;
  setMode(team: string, channel: string, mode: ChannelMode): void;
}

export function createSettings(store: Store): Settings {
  const key = (team: string, channel: string) => `slack:settings:${team}:${channel}`;
  return {
    mode: (team, channel) => parseMode(store.get(key(team, channel))) ?? "always",
    setMode: (team, channel, mode) => store.set(key(team, channel), mode),
  };
}

export function parseMode(value: string | null | undefined): ChannelMode | null {
  return value === "always" || value === "mention" || value === "off" ? value : null;
}

/** Says what is set, with a button for each of the others. */
export function settingsMessage(current: ChannelMode): Message {
  const said = say`Postie ${modes[current].says}. Slash commands always work, and only the person who asks sees their answer.`;
  const paragraphs = [paragraph(said)].filter((part) => part !== null);
  const others = (["always", "mention", "off"] as const).filter((mode) => mode !== current);
  return {
    text: `Postie ${modes[current].says}.`,
    blocks: [
      { type: "header", text: { type: "plain_text", text: "Postie in this channel", emoji: false } },
      richText(paragraphs),
      ...actions(others.map((mode) => button(modes[mode].label, `${SETTINGS_ACTION}_${mode}`, mode))),
    ],
  };
}
