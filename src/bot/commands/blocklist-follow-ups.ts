/** From a server's reply that names a blocklist straight to that list's check and removal page. */
import { blocklistMentions, type Zone } from "../../blocklist/index.ts";
import type { FollowUp } from "../answer.ts";

/**
 * @param reply what a server said, or all of a bounce; the first blocklist that it names counts
 * @param address the refused address, where it is known better than from the reply
 */
export function blocklistFollowUps(
  reply: string,
  zones: readonly Zone[],
  address: string | null = null,
): FollowUp[] {
  const [mention] = blocklistMentions(reply, zones);
  if (!mention) return [];
  const { zone } = mention;
  const { page } = zone.removal ?? {};
  const subject = mention.address ?? address;
  // the literal <key> of a keyed zone is not what one types
  const list = zone.zone.includes("<") ? zone.name : zone.zone;
  const isAlive = zone.status === "active" || zone.status === "keyed";
  return [
    subject && isAlive
      ? { label: `Check ${subject} on ${zone.name}`, command: "checkip", text: `${subject} ${list}` }
      : { label: `What is ${zone.name}?`, command: "checkip", text: list },
    ...(isAlive && page?.startsWith("https:") ? [{ label: `Removal from ${zone.name}`, href: page }] : []),
  ];
}
