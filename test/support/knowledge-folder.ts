/** Small knowledge folders, written for one test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A temporary folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "postie-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A temporary folder with these files: `{"phrases.yaml": "…"}`. */
export function folderWith(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

/** What a small but complete knowledge folder holds. */
export const smallKnowledge: Readonly<Record<string, string>> = {
  "sources/test.yaml": `sources:
  - { id: gmail-page, title: Gmail errors, href: "https://support.google.com/a/answer/3726730", seen: 2026-07-02 }
`,
  "categories.yaml": `categories:
  - id: user-unknown
    title: The mailbox does not exist
    act: [sender]
    retry: after-fix
    remedies: { sender: Check the spelling., recipientAdmin: Create the mailbox. }
    guides: [user-unknown]
  - id: policy
    title: A rule refuses it
    act: [senderAdmin]
    retry: after-fix
    remedies: { sender: Ask the recipient another way. }
  - id: system
    title: Trouble at the server
    general: true
    act: [recipientAdmin]
    retry: automatic
    remedies: { sender: Wait. }
`,
  "providers.yaml": `providers:
  - { slug: gmail, name: Gmail, aliases: [google], hosts: [google.com], domains: [gmail.com] }
  - { slug: exchange-online, name: Exchange Online, aliases: [m365, office-365], hosts: [protection.outlook.com] }
  - { slug: outlook, name: Outlook.com, aliases: [hotmail], hosts: [olc.protection.outlook.com] }
`,
  "reply-codes.yaml": `replyCodes:
  - { code: "550", standard: true, title: The mailbox does not exist or a rule forbids it, meaning: The server refuses the address., category: user-unknown, sources: [RFC 5321 §4.2.3] }
  - { code: "451", standard: true, title: Not now, meaning: The server had a passing trouble., category: system, sources: [RFC 5321 §4.2.3] }
  - { code: "111", standard: false, title: Connection refused, meaning: An error of the operating system., category: system, permanence: temporary, sources: [RFC 5321 §4.2] }
  - { code: "471", standard: false, title: Blocked by a filter on the way, meaning: No standard defines this code., category: policy, sources: [RFC 5321 §4.2] }
`,
  "enhanced-status-codes/1.yaml": `subject: { code: X.1, title: Addressing, meaning: It is about an address., sources: [RFC 3463 §3.2] }
codes:
  - { code: X.1.1, name: Bad destination mailbox address, standard: true, title: The mailbox does not exist, meaning: There is no such mailbox., category: user-unknown, sources: [RFC 3463 §3.2] }
`,
  "enhanced-status-codes/7.yaml": `subject: { code: X.7, title: Security or policy, meaning: A rule refuses it., sources: [RFC 3463 §3.8] }
codes:
  - { code: X.7.1, name: Delivery not authorized, standard: true, title: A rule of the server refuses the message, meaning: The sender may not send this., category: policy, sources: [RFC 3463 §3.8] }
  - { code: X.7.30, name: REQUIRETLS support required, standard: true, title: The next server cannot keep it encrypted, meaning: REQUIRETLS was asked for., category: policy, sources: [RFC 8689] }
`,
  "providers/gmail.yaml": `provider: gmail
entries:
  - { key: "5.7.30", replyCodes: ["550"], statusCodes: [5.7.30], tokens: ["5.7.30 * DKIM"], standardSays: REQUIRETLS, title: Gmail found no valid DKIM signature, meaning: The DKIM signature is missing or broken., category: policy, sources: [gmail-page] }
  - { key: no-such-user, replyCodes: ["550"], statusCodes: [5.1.1], tokens: ["the (e)?mail account that you tried to reach does not exist"], title: Gmail has no such account, meaning: There is no such account., category: user-unknown, remedies: { sender: Write the address afresh. }, sources: [gmail-page] }
  - { key: rate-a, replyCodes: ["421"], statusCodes: [4.7.28], tokens: [unusual rate of mail from your address], title: Gmail slows your address down, meaning: Too much mail from one address., category: policy, sources: [gmail-page] }
  - { key: rate-b, replyCodes: ["421"], statusCodes: [4.7.28], tokens: [unusual rate of mail from your domain], title: Gmail slows your domain down, meaning: Too much mail from one domain., category: policy, sources: [gmail-page] }
`,
  "providers/exchange-online.yaml": `provider: exchange-online
entries:
  - { key: "5.7.30", replyCodes: ["550"], statusCodes: [5.7.30], standardSays: REQUIRETLS, title: Login with a bare password is switched off, meaning: Basic authentication is not accepted., category: policy, sources: [gmail-page] }
  - { key: 5.7.606, replyCodes: ["550"], statusCodes: [5.7.606-649], title: Your address is banned, meaning: The address is on the ban list., category: policy, sources: [gmail-page] }
  - { key: denied, replyCodes: ["550"], statusCodes: [5.4.1], tokens: [access denied], needsProvider: true, title: No such recipient there, meaning: The recipient is not known., category: user-unknown, sources: [gmail-page] }
`,
  "providers/outlook.yaml": `provider: outlook
entries:
  - { key: S3150, replyCodes: ["550"], statusCodes: [5.7.1], tokens: ["(S3150)"], title: Outlook.com blocks a part of your network, meaning: Your network is on its block list., category: policy, sources: [gmail-page] }
  - { key: 5.7.515, replyCodes: ["550"], statusCodes: [5.7.515], tokens: [does not meet the required authentication level], title: The domain does not pass what bulk senders must, meaning: Bulk senders must pass DMARC., category: policy, aliases: [access denied authentication level], sources: [gmail-page] }
`,
  "phrases.yaml": `phrases:
  - { key: user-unknown, tokens: [user unknown, no such user], title: The server knows no such user, meaning: There is no such mailbox., category: user-unknown, permanence: permanent, sources: [RFC 5321 §4.2.3] }
  - { key: relay-denied, tokens: [relay access denied], title: The server does not pass mail on for you, meaning: It relays only for those who log in., category: policy, permanence: permanent, sources: [RFC 5321 §4.2.3] }
  - { key: try-later, tokens: [try again later], title: The server asks to come back later, meaning: It says no more than that., category: system, permanence: temporary, sources: [RFC 5321 §4.2.3] }
`,
  "myths.yaml": `myths:
  - { key: 550-always-typo, claim: 550 always means a typing error, codes: ["550"], title: 550 has more reasons than a typing error, meaning: A rule may also stand behind it., sources: [RFC 5321 §4.2.3] }
`,
  "guides/user-unknown.md": `---
title: "User unknown: the mailbox does not exist"
summary: The server knows no such mailbox.
aliases: [recipient unknown, Empfänger unbekannt]
sources: [RFC 5321 §4.2.3]
---
## What to do

- Check the spelling.
`,
  "guides/greylisting.md": `---
title: "Greylisting: the first try is put off"
summary: The server puts off mail from servers it does not know yet.
aliases: [greylisted, first mail is late]
related: [user-unknown]
sources: [RFC 6647]
---
## What it is

The server answers \`451\` and **waits** for the second try, see [RFC 6647](https://www.rfc-editor.org/rfc/rfc6647).

## What to do

1. Wait.
2. Keep the queue on.
`,
};
