/** Tells whoever did something at once that nothing comes of it, in the way in which that can be told. */
import type { ReceiverEvent } from "@slack/bolt";
import { z } from "zod";
import type { Kind } from "./arrivals.ts";
import { ASK_BLOCK } from "./ask-view.ts";
import { sayByResponseUrl } from "./response-url.ts";
import type { Source } from "./source.ts";
import type { Workspaces } from "./workspaces.ts";

const interaction = z.object({
  user: z.object({ id: z.string() }),
  response_url: z.string().nullish(),
});

export interface RefusalOptions {
  readonly workspaces: Workspaces;
  /** Keeps work that goes on after the acknowledgement. */
  readonly run: (work: Promise<unknown>) => void;
}

export function createRefusals({ workspaces, run }: RefusalOptions) {
  async function sayBeside(body: unknown, source: Source, text: string): Promise<void> {
    const parsed = interaction.safeParse(body);
    if (!parsed.success) return;
    const { user, response_url } = parsed.data;
    if (response_url) await sayByResponseUrl(response_url, text);
    // From the Home tab or a global shortcut there is no other way than a direct message.
    else await workspaces.known(source)?.api.call("chat.postMessage", { channel: user.id, text });
  }

  return async ({ body, ack }: ReceiverEvent, kind: Kind, source: Source, words: string): Promise<void> => {
    switch (kind) {
      case "command":
        return ack({ response_type: "ephemeral", text: words });
      case "submission":
        // The window stays open with what was typed.
        return ack({ response_action: "errors", errors: { [ASK_BLOCK]: words } });
      default:
        await ack();
        run(sayBeside(body, source, words));
    }
  };
}
