import { checkMessage, type MessageReport } from "../../../src/message/index.ts";
import type { DnsServer } from "../../support/dns-server.ts";
import type { Zone } from "../../support/dns-zone.ts";
import { serving } from "../../support/resolver.ts";
import { zone as usual } from "./mail.ts";

export interface CheckOptions {
  readonly zone?: Zone;
  readonly ip?: string;
  /** Makes the DNS server a bad one. */
  readonly dns?: (server: DnsServer) => void;
}

/** Checks a message against the usual zone on a DNS server of its own. A string is a file's text, not a paste. */
export async function check(message: string, options: CheckOptions = {}): Promise<MessageReport> {
  return report(Buffer.from(message, "utf8"), options);
}

/** Checks what somebody pasted. */
export async function checkPasted(text: string, options: CheckOptions = {}): Promise<MessageReport> {
  return report(text, options);
}

async function report(
  content: Uint8Array | string,
  { zone = usual, ip, dns }: CheckOptions,
): Promise<MessageReport> {
  const { server, resolver } = await serving(zone, { timeout: 200, tries: [0] });
  dns?.(server);
  const checked = await checkMessage(content, {
    resolver,
    signal: AbortSignal.timeout(5_000),
    ip: ip ?? null,
  });
  if ("problem" in checked) throw new Error(`no message was found: ${checked.problem}`);
  return checked;
}

export function findingIds({ findings }: MessageReport): string[] {
  return findings.map(({ id }) => id);
}
