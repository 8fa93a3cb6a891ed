/** Messages signed with mailauth's own signer, and the zone that publishes their keys. */
import { generateKeyPairSync } from "node:crypto";
import { type DKIMSignOptions, dkimSign, sealMessage } from "mailauth";
import type { Zone } from "../../support/dns-zone.ts";

export interface SigningKey {
  readonly privateKey: string;
  /** The TXT record of the key. */
  readonly record: string;
}

export function rsaKey(modulusLength = 2048): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength });
  const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`;
  return { privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), record };
}

export function ed25519Key(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    record: `v=DKIM1; k=ed25519; p=${raw.toString("base64")}`,
  };
}

export const keys = { rsa: rsaKey(), other: rsaKey(), short: rsaKey(768), ed25519: ed25519Key() };

/** sender.example publishes everything; esp.example sends for others; open.example has no DMARC. */
export const zone: Zone = {
  "sender.example": {
    TXT: "v=spf1 ip4:192.0.2.10 -all",
    MX: { preference: 10, exchange: "mx.sender.example" },
  },
  "_dmarc.sender.example": { TXT: "v=DMARC1; p=reject; rua=mailto:dmarc@sender.example" },
  "s1._domainkey.sender.example": { TXT: keys.rsa.record },
  "ed._domainkey.sender.example": { TXT: keys.ed25519.record },
  "short._domainkey.sender.example": { TXT: keys.short.record },
  "revoked._domainkey.sender.example": { TXT: "v=DKIM1; k=rsa; p=" },
  "esp.example": { TXT: "v=spf1 ip4:192.0.2.20 -all" },
  "_dmarc.esp.example": { TXT: "v=DMARC1; p=none" },
  "s1._domainkey.esp.example": { TXT: keys.rsa.record },
  "open.example": { TXT: "v=spf1 ip4:192.0.2.10 -all" },
  "list.example": { TXT: "v=spf1 ip4:192.0.2.30 -all" },
  "arc._domainkey.list.example": { TXT: keys.rsa.record },
};

export const RECEIVED_FROM_SENDER =
  "Received: from mail.sender.example (mail.sender.example [192.0.2.10])\r\n\tby mx.receiver.example (Postfix) with ESMTPS id 4XyZ\r\n\tfor <bob@receiver.example>; Tue, 03 Nov 2026 09:00:05 +0000 (UTC)\r\n";

export interface MailParts {
  from?: string;
  subject?: string;
  returnPath?: string | null;
  received?: string;
  more?: string;
  body?: string;
}

/** Trace fields and message apart, since a signer sees only the message. */
export function mail({
  from = "Anna <anna@sender.example>",
  subject = "Offer 4711",
  returnPath = "anna@sender.example",
  received = RECEIVED_FROM_SENDER,
  more = "",
  body = "Hello Bob,\r\n\r\nhere is the offer.\r\n\r\nAnna\r\n",
}: MailParts = {}): { trace: string; message: string } {
  return {
    trace: `${returnPath === null ? "" : `Return-Path: <${returnPath}>\r\n`}${received}`,
    message: `From: ${from}\r\nTo: bob@receiver.example\r\nSubject: ${subject}\r\nDate: Tue, 3 Nov 2026 09:00:00 +0000\r\nMessage-ID: <m1@sender.example>\r\n${more}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}`,
  };
}

type Signature = Partial<Omit<DKIMSignOptions, "signatureData">> & {
  domain?: string;
  selector?: string;
  key?: SigningKey;
  limit?: number;
};

/** The signature field, ending in CRLF. */
export async function signatureOf(message: string, options: Signature = {}): Promise<string> {
  const { domain = "sender.example", selector = "s1", key = keys.rsa, limit, ...rest } = options;
  const { signatures, errors } = await dkimSign(message, {
    canonicalization: "relaxed/relaxed",
    signingDomain: domain,
    selector,
    privateKey: key.privateKey,
    signatureData: [
      {
        signingDomain: domain,
        selector,
        privateKey: key.privateKey,
        ...(limit === undefined ? {} : { maxBodyLength: limit }),
      },
    ],
    ...rest,
  });
  if (errors.length > 0) throw new Error(`the signer failed: ${String(errors[0]?.err)}`);
  return signatures;
}

/** A whole signed message. */
export async function signedMail(parts: MailParts = {}, options: Signature = {}): Promise<string> {
  const { trace, message } = mail(parts);
  return `${trace}${await signatureOf(message, options)}${message}`;
}

/** The message with an ARC set of list.example put before it. */
export async function sealed(message: string, authResults: string): Promise<string> {
  const seal = await sealMessage(message, {
    signingDomain: "list.example",
    selector: "arc",
    privateKey: keys.rsa.privateKey,
    authResults,
    cv: "none",
  });
  return `${seal.toString()}${message}`;
}
