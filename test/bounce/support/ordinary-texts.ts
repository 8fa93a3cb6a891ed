/** Texts that are no bounces, as they stand in channels and mailboxes: patterns whose blanks are filled by a seeded choice. */

const people = ["Anna", "Ben", "Chidi", "Dörte", "Élodie", "Farid", "Grace", "Hiro"];
const domains = ["example.org", "partner.example", "shop.example.net", "mail.example.com", "corp.example"];
const words = ["invoice", "release", "newsletter", "rollout", "quarterly report", "onboarding", "migration"];
const replyCodes = ["550", "554", "421", "451", "552", "535", "450"];
const statusCodes = ["5.1.1", "5.7.1", "5.7.26", "4.7.0", "4.2.2", "5.2.2", "5.4.1"];
const pages = ["/api/v1/orders", "/login", "/health", "/img/logo.png", "/feed.xml"];
const numbers = ["3", "12", "47", "250", "550", "1024", "18432"];

/** `{person}`, `{domain}`, `{word}`, `{code}`, `{status}`, `{page}`, `{n}` are filled in. */
const patterns: readonly string[] = [
  // Talk among colleagues
  "Morning all, {person} is out today, please ask {person2} about the {word}.",
  "@{person} can you review https://git.{domain}/pull/{n}? It touches the {word}.",
  "LGTM, one nit: rename `recipient` to `addressee` in line {n}.",
  "The {word} meeting moved to {n}:30. Agenda: budget, hiring, {word2}.",
  "Please write to {person}.mueller@{domain} if you need access to the {word}.",
  "I sent the {word} to billing@{domain} and sales@{domain}, no answer so far.",
  "reminder: {word} due Friday\n- {person}: slides\n- {person2}: numbers\n- everybody: read the draft",
  "Who owns {domain}? The certificate expires in {n} days.",
  "Lunch at 12:30? {person} and I are going to the place next door.",
  "Thanks {person}! That fixed the {word}, closing the ticket #{n}.",
  "cc {person}@{domain}: the {word} for {n} users was delivered yesterday, all fine.",
  "Our mailbox is full of {word} requests, can somebody help {person} out?",
  "Delivery of the new laptops failed: the courier could not find the address. {person} will call them.",
  "The package was returned to sender because the recipient has moved, order {n}.",
  "User {person} not found in the directory, did you mean {person2}?",
  // Talk about bounces and codes
  "I got a {code} error yesterday when I mailed {person}@{domain}, worked today though.",
  "What does {code} {status} mean? Somebody asked me and I had no idea.",
  "so {code} means the mailbox is gone, and {status} is only the enhanced code for it, right?",
  "We should handle {code} replies better: retry 4xx, give up on 5xx, tell {person}.",
  "FYI: Gmail now answers {code} {status} when DMARC fails. We need to fix SPF for {domain} before the {word}.",
  "does anybody know why {domain} bounces? support says the address is fine",
  "Our bounce rate went from {n}% to 2% after we removed the invalid addresses from the {word} list.",
  "A hard bounce is permanent (5xx), a soft bounce is temporary (4xx). Example: {code} {status} user unknown.",
  'The docs say a server returns "{code} {status} mailbox unavailable" when the user does not exist. We return 500 instead.',
  "If you see 'Undelivered Mail Returned to Sender' in the inbox of noreply@{domain}, just delete it.",
  "Postfix writes status=bounced in its log, Exim writes two stars. We parse both in the {word} job.",
  "Can someone explain the difference between Final-Recipient and Original-Recipient in a DSN?",
  "{person} asked: is Diagnostic-Code optional? Yes, RFC 3464 section 2.3.6.",
  "TIL: RCPT TO can be refused with {code}, and then DATA gives 503.",
  "The bounce parser fails on Exchange NDRs. I opened #{n}. The text 'Delivery has failed to these recipients or groups' is not matched.",
  'In the template we say "Your message could not be delivered" - can we make that friendlier? cc {person}',
  "My code checks `if (reply.startsWith('{code}'))` which is wrong for {status}, see line {n}.",
  "Interview question: what is the difference between {code} and {code2}?",
  "we block mail from dynamic IPs with {code} {status}, that's the policy since {n} weeks",
  "spamhaus listed our IP again? I see nothing on their page. {person} will check tomorrow",
  "Did you mean the 'mailbox full' errors? Those are gone, {person} raised the quota to {n} GB.",
  "Our SPF record for {domain} has {n} lookups, that's too many; DKIM passes, DMARC is p=none.",
  // Logs and output of other systems
  '10.0.{n2}.7 - - [12/Mar/2026:10:{n2}:11 +0100] "GET {page} HTTP/1.1" 502 {n} "-" "curl/8.5"',
  '192.0.2.1 - {person} [01/Feb/2026:09:00:01 +0000] "POST {page} HTTP/2.0" 404 153 "https://{domain}/" "Mozilla/5.0"',
  "HTTP/1.1 503 Service Unavailable\ncontent-type: text/html\nretry-after: {n}",
  "2026-03-0{n1} 10:11:12,{n} ERROR [main] c.e.{word1}.Service - Connection refused: db.{domain}:5432",
  "Error: connect ECONNREFUSED 127.0.0.1:{n}\n    at TCPConnectWrap.afterConnect (node:net:1555:16)\n    at {word1}.ts:{n}",
  "Traceback (most recent call last):\n  File \"/srv/{word1}/app.py\", line {n}, in <module>\n    main()\nKeyError: 'recipient'",
  "java.lang.NullPointerException: user unknown\n\tat org.example.{word1}.Users.find(Users.java:{n})\n\tat org.example.Main.main(Main.java:12)",
  "kernel: [{n}.553221] eth0: link down\nkernel: [{n}.771000] eth0: link up",
  'Mar  3 10:00:0{n1} web1 nginx[{n}]: upstream timed out (110: Connection timed out) while connecting to upstream, host: "{domain}"',
  "Mar  3 10:00:0{n1} host1 sshd[{n}]: Failed password for invalid user {person} from 203.0.113.7 port {n} ssh2",
  "Mar  3 10:00:0{n1} host1 dovecot: imap-login: Login: user=<{person}@{domain}>, method=PLAIN, rip=192.0.2.4, TLS",
  "Mar  3 10:00:0{n1} mx1 postfix/smtpd[{n}]: connect from mail.{domain}[192.0.2.9]",
  "Mar  3 10:00:0{n1} mx1 postfix/qmgr[{n}]: 4F1A2: from=<{person}@{domain}>, size={n}, nrcpt=1 (queue active)",
  "CI: build #{n} failed in 4m 21s: {n} tests passed, 3 failed, 550 skipped (branch {word1})",
  "npm ERR! code E404\nnpm ERR! 404 Not Found - GET https://registry.{domain}/{word1}\nnpm ERR! 404  You do not have permission to access it.",
  "ALERT [FIRING:1] HighErrorRate service={word1} value={n} threshold=5 host={domain}",
  'level=warn ts=2026-02-03T10:00:00Z caller=client.go:{n} msg="request failed" status=550 to={domain} err="timeout"',
  "SQLSTATE[42000]: Syntax error or access violation: 1064 near 'FROM users WHERE id = {n}'",
  "dig {domain} MX +short\n10 mx1.{domain}.\n20 mx2.{domain}.",
  "PING {domain} (192.0.2.{n1}) 56(84) bytes of data.\n64 bytes from 192.0.2.{n1}: icmp_seq=1 ttl=57 time=12.{n1} ms",
  "docker: Error response from daemon: pull access denied for {domain}/{word1}, repository does not exist",
  // Data
  '{"id": {n}, "user": {"name": "{person}", "email": "{person}@{domain}"}, "status": "failed", "action": "retry"}',
  '{"code": {code}, "status": "{status}", "message": "upstream error", "to": "{person}@{domain}"}',
  "name;email;status\n{person};{person}@{domain};active\n{person2};{person2}@{domain};inactive",
  "to: {person}@{domain}\nsubject: {word}\nstatus: draft\naction: send",
  "| code | meaning |\n|---|---|\n| {code} | mailbox unavailable |\n| {code2} | try later |\n| 250 | ok |",
  "recipients:\n  - {person}@{domain}\n  - {person2}@{domain}\nsender: noreply@{domain}\nretries: {n}",
  // Mail texts
  "Dear {person},\n\nthank you for your order {n}. Your invoice over EUR {n}.50 is attached. It is due within {n2} days.\n\nKind regards,\naccounts@{domain}",
  "Hi {person},\n\nplease find the {word} attached. If you have questions, contact {person2}@{domain} or call +44 20 7946 0{n}.\n\nBest,\n{person2}",
  "Our weekly {word}: five ways to improve deliverability\n\n1. Authenticate with SPF, DKIM and DMARC.\n2. Remove addresses that bounce with {code} {status}.\n3. Watch your reputation.\n\nUnsubscribe: https://{domain}/u/{n}",
  "{person} wrote:\n> can you send me the {word}?\n> my address is {person}@{domain}\n\nSure, coming today.",
  "Your account {person}@{domain} was created. Confirm it here: https://{domain}/confirm?id={n}\nIf this was not you, ignore this message.",
  "Your password for {domain} expires in {n} days. Change it at https://login.{domain}/.",
  "We tried to deliver your parcel {n} but nobody was at home. Choose a new date: https://{domain}/parcel/{n}",
  "Meeting notes {n2} March\n\nPresent: {person}, {person2}\n\n- mail gateway: {code} errors down, quota raised\n- {word}: delayed until April\n- action: {person} to write to support@{domain}",
  "Security notice: somebody signed in to {person}@{domain} from 203.0.113.{n1}. Was it you?",
  'Your ticket #{n} "mails to {domain} bounce" was updated by {person}: I asked the customer for the full error message.',
  "Subscription renewed. Receipt {n}. Questions? Write to billing@{domain}.",
  "Guten Morgen {person}, die {word} ist fertig. Bitte an vertrieb@{domain} weiterleiten.",
  "Bonjour {person}, le rapport est prêt, je l'ai envoyé à compta@{domain}. Merci de confirmer.",
  "お疲れ様です。{person}です。{word}の件、{person2}@{domain} に送りました。ご確認ください。",
  "{person}，您好：{word} 已发送到 sales@{domain}，请查收。谢谢！",
  "Добрый день, {person}! Отправил отчёт на {person2}@{domain}, проверьте, пожалуйста.",
  // Code
  '```ts\nif (code >= 500) throw new DeliveryError(code + text);\nconst recipient = "{person}@{domain}";\n```',
  "smtp.sendmail('{person}@{domain}', ['{person2}@{domain}'], msg)  # raises SMTPRecipientsRefused on {code}",
  'case {code}:\n  return "mailbox unavailable";\ncase {code2}:\n  return "try again later";',
  "grep -c 'status=bounced' /var/log/mail.log  # {n} today",
  "SELECT email, bounce_code FROM recipients WHERE bounce_code = '{code}' AND domain = '{domain}' LIMIT {n};",
  'assert parse("{code} {status} User unknown").status == "{status}"',
  "- fix: treat {code} {status} as permanent\n- feat: add {word1} page\n- chore: bump deps ({n} packages)",
  "regex: ^(4|5)\\d\\d[ -](\\d\\.\\d+\\.\\d+)? matches {code} but not {n}",
];

/** @returns `count` texts that differ, always the same ones for a seed */
export function ordinaryTexts(count: number, seed = 1): string[] {
  const next = generator(seed);
  const pick = (list: readonly string[]) => list[Math.floor(next() * list.length)] ?? "";
  const texts = new Set<string>();
  for (let index = 0; texts.size < count && index < count * 20; index += 1) {
    const pattern = patterns[index % patterns.length] ?? "";
    const text = pattern.replace(/\{(\w+)\}/g, (whole, slot: string) => fill(slot, pick) ?? whole);
    // Two messages in a row are as ordinary as one.
    texts.add(next() < 0.15 ? `${text}\n\n${pick([...texts])}` : text);
  }
  return [...texts].slice(0, count);
}

function fill(slot: string, pick: (list: readonly string[]) => string): string | null {
  const lists: Record<string, readonly string[]> = {
    person: people,
    person2: people,
    domain: domains,
    word: words,
    word2: words,
    word1: ["users", "billing", "frontend", "worker"],
    code: replyCodes,
    code2: replyCodes,
    status: statusCodes,
    page: pages,
    n: numbers,
    n1: ["1", "2", "5", "8"],
    n2: ["10", "14", "21", "30"],
  };
  const list = lists[slot];
  return list ? pick(list) : null;
}

/** Ordinary messages with header fields, around ordinary texts. */
export function ordinaryMail(count: number, seed = 2): string[] {
  const next = generator(seed);
  const subjects = [
    "Your invoice",
    "Re: meeting",
    "Newsletter: mail that arrives",
    "Bounces in March",
    "Fwd: returned goods",
    "Weekly report",
  ];
  return ordinaryTexts(count, seed).map((text, index) => {
    const subject = subjects[Math.floor(next() * subjects.length)] ?? "";
    return [
      "Return-Path: <news@example.org>",
      `Received: from mx.example.org (mx.example.org [192.0.2.${index % 250}]) by mail.example.com; Tue, 3 Mar 2026 10:00:00 +0100`,
      "From: Example <news@example.org>",
      "To: reader@example.com",
      `Subject: ${subject}`,
      `Message-ID: <${index}@example.org>`,
      "Date: Tue, 3 Mar 2026 10:00:00 +0100",
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "",
      text,
    ].join("\r\n");
  });
}

/** A small generator of numbers in [0, 1) that gives the same ones for a seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
