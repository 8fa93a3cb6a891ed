import { expect, test } from "vitest";
import { SealError, type Store } from "../../../src/store/index.ts";
import { type Backend, OTHER_WORKSPACE, onStage, SECRET, TENANT, WORKSPACE } from "./stage.ts";

const INSTALLATION = { bot: { token: "xoxb-very-secret" }, team: { id: "T1" } };
const NEWER = "second secret of the tests, made of words";
const PLACE = { ...WORKSPACE, conversation: "C1" };
const LIMITS = { conversation: 20, tenant: 200 };

/** What is encrypted: it opens only where it belongs, with a secret that is set. */
export function sealed(backend: Backend): void {
  onStage(backend, "installations", ({ open }) => {
    test("are kept, replaced, listed by platform and deleted", async () => {
      const { installations } = await open();
      expect(await installations.get(WORKSPACE)).toBeNull();
      await installations.put(WORKSPACE, { old: true });
      await installations.put(WORKSPACE, INSTALLATION);
      await installations.put(OTHER_WORKSPACE, { other: true });
      await installations.put(TENANT, { teams: true });
      expect(await installations.get(WORKSPACE)).toEqual(INSTALLATION);
      expect(await installations.get(TENANT)).toEqual({ teams: true });
      expect(await installations.all("slack")).toEqual([WORKSPACE, OTHER_WORKSPACE]);
      expect(await installations.all("teams")).toEqual([TENANT]);
      await installations.delete(WORKSPACE);
      expect(await installations.get(WORKSPACE)).toBeNull();
      expect(await installations.all("slack")).toEqual([OTHER_WORKSPACE]);
    });

    test("are put where there is none without taking the place of one", async () => {
      const { installations } = await open();
      await installations.putIfAbsent(WORKSPACE, INSTALLATION);
      await installations.putIfAbsent(WORKSPACE, { later: true });
      await installations.putIfAbsent(OTHER_WORKSPACE, { other: true });
      expect(await installations.get(WORKSPACE)).toEqual(INSTALLATION);
      expect(await installations.get(OTHER_WORKSPACE)).toEqual({ other: true });
    });

    test("cannot be read in the database", async () => {
      const store = await open();
      await store.installations.put(WORKSPACE, INSTALLATION);
      expect(await sealedOf(store)).not.toMatch(/secret|token|xoxb/);
    });

    test("look different each time they are sealed", async () => {
      const store = await open();
      await store.installations.put(WORKSPACE, INSTALLATION);
      const first = await sealedOf(store);
      await store.installations.put(WORKSPACE, INSTALLATION);
      expect(await sealedOf(store)).not.toBe(first);
    });

    test.each([
      ["one letter of the ciphertext changed", (text: string) => changed(text, text.length - 30)],
      ["the end changed", (text: string) => changed(text, text.length - 2)],
      ["the beginning changed", (text: string) => changed(text, text.indexOf(".", 5) + 3)],
      ["cut short", (text: string) => text.slice(0, -8)],
      ["cut to nothing", (text: string) => text.slice(0, 30)],
      ["a tag of four bytes in place of sixteen", (text: string) => `${text.slice(0, -16)}`],
      ["another version", (text: string) => text.replace("v1", "v2")],
      ["something appended", (text: string) => `${text}.x`],
      ["emptied", () => ""],
      ["in plain", () => JSON.stringify(INSTALLATION)],
    ])("that somebody tampered with are refused: %s", async (_, tamper) => {
      const store = await open();
      await store.installations.put(WORKSPACE, INSTALLATION);
      await store.database.query("UPDATE installation SET installation_sealed = $1", [
        tamper(await sealedOf(store)),
      ]);
      await expect(store.installations.get(WORKSPACE)).rejects.toThrow(SealError);
    });

    test("that somebody moved to another workspace or platform are refused", async () => {
      const store = await open();
      await store.installations.put(WORKSPACE, INSTALLATION);
      for (const { platform, tenant } of [OTHER_WORKSPACE, TENANT]) {
        await store.database.query("UPDATE installation SET platform = $1, tenant = $2", [platform, tenant]);
        await expect(store.installations.get({ platform, tenant })).rejects.toThrow(SealError);
      }
      await store.database.query("UPDATE installation SET platform = 'slack', tenant = 'T1'");
      expect(await store.installations.get(WORKSPACE)).toEqual(INSTALLATION);
    });

    test("tell nothing of what they hold, nor of the secret, when they are refused", async () => {
      const store = await open();
      await store.installations.put(WORKSPACE, INSTALLATION);
      await store.database.query("UPDATE installation SET installation_sealed = 'v1.00000000.a.b'");
      const error = await store.installations.get(WORKSPACE).catch((reason: unknown) => reason);
      expect(String(error)).not.toMatch(/xoxb|first|0000|T1/);
    });
  });

  if (!backend.shared) return;

  onStage(backend, "a new secret", ({ open }) => {
    test("opens nothing of an older one that is not given", async () => {
      await (await open({ secrets: [SECRET] })).installations.put(WORKSPACE, INSTALLATION);
      const stranger = await open({ secrets: [NEWER] });
      await expect(stranger.installations.get(WORKSPACE)).rejects.toThrow(SealError);
      await expect(stranger.reseal()).rejects.toThrow(SealError);
    });

    test("takes the place of the older one, which can then be taken away", async () => {
      const before = await open({ secrets: [SECRET] });
      await before.installations.put(WORKSPACE, INSTALLATION);
      await before.installations.put(TENANT, { teams: true });
      await before.watches.add(
        {
          ...PLACE,
          target: { kind: "domain", name: "example.org" },
          every: "daily",
          wayBack: { channel: "C1" },
          createdBy: "U1",
        },
        LIMITS,
      );
      await before.watches.addNotice(PLACE, "{}");
      const rotating = await open({ secrets: [NEWER, SECRET] });
      expect(await rotating.installations.get(WORKSPACE)).toEqual(INSTALLATION);
      expect(await rotating.reseal(), "two installations, a watch and its notice").toEqual({
        resealed: 4,
        damaged: 0,
      });
      expect(await rotating.reseal()).toEqual({ resealed: 0, damaged: 0 });
      const after = await open({ secrets: [NEWER] });
      expect(await after.installations.get(WORKSPACE)).toEqual(INSTALLATION);
      expect(await after.installations.get(TENANT)).toEqual({ teams: true });
      expect(await after.watches.takeNotices(1_000, 10)).toMatchObject([{ wayBack: { channel: "C1" } }]);
      await expect(before.installations.get(WORKSPACE)).rejects.toThrow(SealError);
    });

    test("leaves alone what somebody has damaged, and seals the rest", async () => {
      const before = await open({ secrets: [SECRET] });
      await before.installations.put(WORKSPACE, INSTALLATION);
      await before.installations.put(OTHER_WORKSPACE, INSTALLATION);
      await before.database.query(
        "UPDATE installation SET installation_sealed = (SELECT i.installation_sealed FROM installation i WHERE i.tenant = 'T1') WHERE tenant = 'T2'",
      );
      const rotating = await open({ secrets: [NEWER, SECRET] });
      expect(await rotating.reseal()).toEqual({ resealed: 1, damaged: 1 });
      const after = await open({ secrets: [NEWER] });
      expect(await after.installations.get(WORKSPACE)).toEqual(INSTALLATION);
      await expect(after.installations.get(OTHER_WORKSPACE)).rejects.toThrow(SealError);
    });

    test("changes nothing at all when one thing was sealed with a secret that is not given", async () => {
      const before = await open({ secrets: [SECRET] });
      await before.installations.put(WORKSPACE, INSTALLATION);
      await before.installations.put(OTHER_WORKSPACE, INSTALLATION);
      await before.database.query("UPDATE installation SET installation_sealed = 'v1.x' WHERE tenant = 'T2'");
      await expect((await open({ secrets: [NEWER, SECRET] })).reseal()).rejects.toThrow(SealError);
      expect(await before.installations.get(WORKSPACE)).toEqual(INSTALLATION);
    });
  });
}

async function sealedOf(store: Store): Promise<string> {
  const [row] = await store.database.query("SELECT installation_sealed FROM installation");
  return String(row?.installation_sealed);
}

function changed(text: string, at: number): string {
  return `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
}
