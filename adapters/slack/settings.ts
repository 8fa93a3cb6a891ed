/** What Postie does in a channel, and the message that changes it. */
import { say } from "../../src/bot/answer.ts";
import type { Store } from "../../src/store/index.ts";
import { actions, button } from "./buttons.ts";
import { slackOwner } from "./installations.ts";
import type { Message } from "./message.ts";
import { paragraph, richText } from "./rich-text.ts";
import { untilStored } from "./store-patience.ts";

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

/** Per channel of each workspace. A store that is away is waited for. */
export interface Settings {
  mode(tenant: string, channel: string): Promise<ChannelMode>;
  setMode(tenant: string, channel: string, mode: ChannelMode): Promise<void>;
  /** The channel is gone. */
  forget(tenant: string, channel: string): Promise<void>;
}

export function createSettings({ settings }: Store, signal: AbortSignal): Settings {
  const name = (channel: string) => `channel ${channel}`;
  const patiently = <T>(work: () => Promise<T>) => untilStored(work, { signal });
  return {
    async mode(tenant, channel) {
      const stored = await patiently(() => settings.get(slackOwner(tenant), name(channel)));
      return parseMode(stored) ?? "always";
    },
    setMode: (tenant, channel, mode) =>
      patiently(() => settings.set(slackOwner(tenant), name(channel), mode)),
    forget: (tenant, channel) => patiently(() => settings.delete(slackOwner(tenant), name(channel))),
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
