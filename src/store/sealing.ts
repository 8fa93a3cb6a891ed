/** Encrypts what must not be readable in the database or its backups, such as tokens: AES-256-GCM (NIST SP 800-38D). */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

export interface Sealing {
  /**
   * @param context what it belongs to, such as its table and workspace: the text opens only with the same context, so that it
   * cannot be moved to another
   */
  seal(text: string, context: readonly string[]): string;
  /**
   * @returns the text, and whether it was sealed with the older secret
   * @throws {SealError} when it was changed, belongs elsewhere, or was sealed with a secret that is not known
   */
  open(sealed: string, context: readonly string[]): { text: string; old: boolean };
}

export class SealError extends Error {
  /** Whether another secret may open it. */
  readonly kind: "unknown secret" | "damaged";

  constructor(kind: SealError["kind"], reason: string) {
    super(`a stored secret cannot be opened: ${reason}`);
    this.name = "SealError";
    this.kind = kind;
  }
}

const VERSION = "v1";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * @param secrets the secret to seal with, then older ones that may still open; each of at least 32 characters. With none a
 * random one is made, which ends with the process.
 */
export function createSealing(secrets: readonly string[]): Sealing {
  const keys = (secrets.length > 0 ? secrets : [randomBytes(32).toString("base64url")]).map(keyOf);
  const [first] = keys;
  if (!first) throw new TypeError("there is no key");

  return {
    seal(text, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", first.key, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(bound(context));
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return [VERSION, first.id, iv.toString("base64url"), sealed.toString("base64url")].join(".");
    },
    open(sealed, context) {
      const [version, id, iv = "", body = "", ...rest] = sealed.split(".");
      if (version !== VERSION || rest.length > 0) throw new SealError("damaged", "it is not in a known form");
      const key = keys.find((known) => known.id === id);
      if (!key) throw new SealError("unknown secret", "it was sealed with a secret that is not set now");
      try {
        const bytes = Buffer.from(body, "base64url");
        const decipher = createDecipheriv("aes-256-gcm", key.key, Buffer.from(iv, "base64url"), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(bound(context));
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        const text = decipher.update(bytes.subarray(0, -TAG_BYTES));
        return { text: Buffer.concat([text, decipher.final()]).toString("utf8"), old: key !== first };
      } catch {
        throw new SealError("damaged", "it was changed, or belongs elsewhere");
      }
    },
  };
}

/** The key of a secret (HKDF, RFC 5869), and a short name by which it is found again that tells nothing of it. */
function keyOf(secret: string): { id: string; key: Buffer } {
  const derive = (info: string, bytes: number) =>
    Buffer.from(hkdfSync("sha256", secret, "postie", info, bytes));
  return { id: derive("name of the key", 4).toString("hex"), key: derive("sealing", 32) };
}

function bound(context: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(context), "utf8");
}
