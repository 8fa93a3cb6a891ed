/** Tells what an address is besides its listings: a special one, and by which names it goes. */
import type { BlocklistCheck, Special } from "../../blocklist/index.ts";
import { type Answer, code, type Inline, type Section, say } from "../answer.ts";

const SPECIAL: Record<Special, { title: string; meaning: string }> = {
  private: {
    title: "a private address",
    meaning: "It is used inside networks only (RFC 1918, RFC 4193) and many networks have it at once.",
  },
  loopback: { title: "a loopback address", meaning: "It means the machine itself (RFC 1122, RFC 4291)." },
  documentation: {
    title: "an address for documentation",
    meaning: "It stands in examples and is given to nobody (RFC 5737, RFC 3849, RFC 9637).",
  },
  cgnat: {
    title: "an address between a provider and its customers",
    meaning: "Providers use it behind their own address translation (carrier-grade NAT, RFC 6598).",
  },
  "link-local": {
    title: "a link-local address",
    meaning: "It is valid on one cable or radio only (RFC 3927, RFC 4291).",
  },
  multicast: {
    title: "a multicast address",
    meaning: "It means a group of machines and sends nothing itself (RFC 5771, RFC 4291).",
  },
  unspecified: {
    title: "an address that means none",
    meaning: "It says that there is no address yet (RFC 1122, RFC 4291).",
  },
  broadcast: { title: "the broadcast address", meaning: "It means all machines of a network (RFC 919)." },
  benchmarking: {
    title: "an address for measurements",
    meaning: "It is used in test networks only (RFC 2544, RFC 5180).",
  },
  reserved: { title: "a reserved address", meaning: "It is given to nobody (IANA)." },
};

/** What such an address is, in a few words: `a private address`. */
export function specialInWords(special: Special): string {
  return SPECIAL[special].title;
}

/** The answer about an address that no list can know. */
export function explainSpecial(address: string, special: Special): Answer {
  const { title, meaning } = SPECIAL[special];
  return {
    title: `${address} is ${title}: no blocklist can know it`,
    status: "info",
    summary: say`${meaning} So no list was asked. Give the address by which your mail server is seen from outside.`,
    sections: [
      {
        kind: "list",
        items: [
          say`A bounce or a refusal often names it, as in ${code("[198.51.100.7] is blocked")}.`,
          say`The first ${code("Received:")} line that the other side wrote has it in brackets.`,
          say`Or give the name of the mail server: ${code("checkip mail.example.org")}.`,
        ],
      },
    ],
    followUps: [{ label: "What blocklists are", command: "mailguide", text: "dnsbl" }],
    sources: [
      {
        text: "IANA special-purpose address registries",
        href: "https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml",
      },
      { text: "RFC 6890", href: "https://www.rfc-editor.org/rfc/rfc6890" },
    ],
  };
}

/** The reverse names of the addresses, and whether they lead back. */
export function reverseNames({ target, addresses, addressesIncomplete }: BlocklistCheck): Section[] {
  if (addresses === null) {
    return [text(say`The addresses of the name could not be found out, so only lists of names were asked.`)];
  }
  if (addresses.length === 0) {
    return [
      text(
        say`The name has no address of its own, so only lists of names were asked. For its mail servers, ask about their names.`,
      ),
    ];
  }
  const rows = addresses.map((one) => ({
    label: one.address,
    value: tellReverse(one),
  }));
  const missing = addressesIncomplete
    ? [text(say`Perhaps it has more addresses: not all of them could be found out.`)]
    : [];
  return [
    { kind: "heading", text: target.kind === "domain" ? "Addresses" : "Reverse name" },
    { kind: "facts", rows },
    ...missing,
  ];
}

type Address = NonNullable<BlocklistCheck["addresses"]>[number];

function tellReverse({ special, ptr, forwardConfirmed }: Address): Inline[] {
  if (special) return say`${SPECIAL[special].title}; no list was asked about it`;
  if (ptr === null) return say`the reverse name could not be found out`;
  if (ptr.length === 0) return say`no reverse name (PTR): many receivers refuse mail from such an address`;
  const names = ptr.slice(0, 3).flatMap((name, index) => (index > 0 ? say`, ${code(name)}` : [code(name)]));
  return names.concat(say`, ${CONFIRMED[`${forwardConfirmed}`]}`);
}

const CONFIRMED = {
  true: "forward-confirmed",
  false: "which does not lead back to the address: many receivers distrust that",
  null: "whether it leads back to the address could not be found out",
} as const;

function text(inlines: Inline[]): Section {
  return { kind: "text", text: inlines };
}
