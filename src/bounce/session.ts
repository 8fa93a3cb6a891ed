/**
 * SMTP dialogues: the transcript in a Sendmail notification (`>>>`, `<<<`), a telnet or swaks session, MailEnable's activity
 * log. A refusal belongs to the command before it, and to the recipient of the last RCPT.
 */
import { findAddresses } from "./addresses.ts";
import { parseReply, type Reply } from "./replies.ts";
import type { SmtpCommand } from "./report.ts";

export interface Refusal {
  readonly command: SmtpCommand | null;
  /** The recipient that the command named, or that the reply names. */
  readonly address: string | null;
  readonly reply: Reply;
  /** The server that was talked to, where the transcript names it. */
  readonly remoteHost: string | null;
  /** The line is marked as the other server's words (`<<<`). */
  readonly quoted: boolean;
}

const TOKEN =
  /(?:^|[\s>|])(?:(?:>>>|<<<|->|<-|<~|~>|<\*\*|\*>|=>|[CS]:|-->|<--)\s{0,3})?(?:(?<command>RCPT TO:|MAIL FROM:|EHLO |HELO |DATA(?=\s|$)|STARTTLS|AUTH )|(?<talking>while talking to )|(?<reply>[2345]\d\d(?=[ -]|$)))/gim;

const MAX_TOKENS = 500;
const MAX_LINES = 20;
const MAX_REPLY_LENGTH = 1_000;

/** True where the text shows both sides of a dialogue. */
function isDialogue(text: string): boolean {
  return /<<<\s*[45]\d\d|while talking to|<\*\*\s*[45]\d\d|(?:RCPT TO|MAIL FROM):\s?<[^>\n]*>[^\n]{0,80}[\s\n][^\n]{0,200}?[245]\d\d[ -]/i.test(
    text,
  );
}

/** The refusals of the dialogue in the text, in order; empty when it holds none. */
export function readSession(text: string): Refusal[] {
  if (!isDialogue(text)) return [];
  const refusals: Refusal[] = [];
  let command: SmtpCommand | null = null;
  let address: string | null = null;
  let remoteHost: string | null = null;
  const tokens = text.matchAll(TOKEN).take(MAX_TOKENS).toArray();
  for (const [index, token] of tokens.entries()) {
    const at = token.index + token[0].length;
    const same = token.groups?.reply;
    // Lines of one reply repeat its code.
    let next = index + 1;
    while (same && next < index + MAX_LINES && tokens[next]?.groups?.reply === same) next += 1;
    const rest = text.slice(at, Math.min(tokens[next]?.index ?? text.length, at + MAX_REPLY_LENGTH));
    const verb = token.groups?.command;
    if (token.groups?.talking) {
      remoteHost = /^[\w.-]{3,255}/.exec(rest)?.[0].replace(/[.:]+$/, "") ?? null;
    } else if (verb) {
      command = commandOf(verb);
      if (command === "RCPT") address = findAddresses(rest)[0]?.address ?? null;
      else if (command === "MAIL") address = null;
    } else {
      const code = token.groups?.reply ?? "";
      if (!/^[45]/.test(code) || rest.trim() === "") continue;
      const start = at - code.length;
      const said = (rest.split(/\n\s*\n/)[0] ?? "").replace(
        /\n(?!\s*(?:<<<\s*)?[45]\d\d[ -])[\s\S]*$/,
        (more) => (/^\n\s+\S/.test(more) ? (more.split(/\n(?=\S)/)[0] ?? "") : ""),
      );
      const reply = parseReply(code + said.replace(/\n\s*<<<\s*/g, " "), start);
      const named = findAddresses(said)[0]?.address ?? null;
      refusals.push({
        command,
        address: command === "MAIL" ? null : (named ?? address),
        reply,
        remoteHost,
        quoted: /<<<|<\*\*/.test(token[0]),
      });
    }
  }
  const real = refusals.filter((refusal, index) => !isFollowUp(refusal, refusals[index - 1]));
  // What a server said counts more than what the program that talked to it makes of it.
  return real.some(({ quoted }) => quoted) ? real.filter(({ quoted }) => quoted) : real;
}

function commandOf(verb: string): SmtpCommand {
  const word = verb.slice(0, 4).toUpperCase();
  if (word === "RCPT" || word === "MAIL" || word === "DATA" || word === "AUTH") return word;
  return word === "STAR" ? "STARTTLS" : "HELO";
}

/** What a client or server says only because something was refused before. */
function isFollowUp({ reply, quoted }: Refusal, before: Refusal | undefined): boolean {
  if (reply.replyCode === "503" && /rcpt|recipient|mail/i.test(reply.text)) return true;
  if (/^(?:error: )?no valid recipients|^service unavailable$/i.test(reply.text)) return before !== undefined;
  // Sendmail tells every refusal of a recipient once more in its own words.
  return (
    !quoted &&
    before !== undefined &&
    reply.enhancedStatusCode === "5.1.1" &&
    /\.\.\. user unknown$/i.test(reply.text)
  );
}
