import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { KnowledgeError, readDataFile } from "../../src/knowledge/index.ts";
import { folderWith, temporaryFolder } from "../support/knowledge-folder.ts";

const form = z.strictObject({ lists: z.array(z.strictObject({ id: z.string(), zone: z.string() })) });
const schemaModule = new URL(import.meta.url);

describe("a data file", () => {
  test("is read and validated", async () => {
    const directory = folderWith({ "lists.yaml": "lists:\n  - { id: a, zone: a.example }\n" });
    const options = {
      name: "lists.yaml",
      schema: async () => form,
      schemaModule,
      directory,
      cacheDirectory: null,
    };
    expect(await readDataFile(options)).toEqual({ lists: [{ id: "a", zone: "a.example" }] });
  });

  test("is not parsed again while it does not change, so that its form is not even loaded", async () => {
    const directory = folderWith({ "lists.yaml": "lists:\n  - { id: a, zone: a.example }\n" });
    const cacheDirectory = temporaryFolder();
    let loaded = 0;
    const schema = async () => {
      loaded++;
      return form;
    };
    const options = { name: "lists.yaml", schema, schemaModule, directory, cacheDirectory };
    await readDataFile(options);
    await readDataFile(options);
    expect(loaded).toBe(1);
    writeFileSync(join(directory, "lists.yaml"), "lists:\n  - { id: b, zone: a.example }\n");
    expect((await readDataFile(options)).lists[0]?.id).toBe("b");
    expect(readdirSync(cacheDirectory)).toHaveLength(1);
  });

  test("is told with line and reason when it does not have its form", async () => {
    const directory = folderWith({ "lists.yaml": "lists:\n  - id: a\n    zone: 7\n" });
    const options = {
      name: "lists.yaml",
      schema: async () => form,
      schemaModule,
      directory,
      cacheDirectory: null,
    };
    await expect(readDataFile(options)).rejects.toThrow("lists.yaml:3: lists › a › zone: Invalid input");
  });

  test("that is missing is told", async () => {
    const options = {
      name: "lists.yaml",
      schema: async () => form,
      schemaModule,
      directory: temporaryFolder(),
    };
    await expect(readDataFile({ ...options, cacheDirectory: null })).rejects.toThrow(KnowledgeError);
  });

  test("of the local folder is laid over ours, or replaces it", async () => {
    const directory = folderWith({ "lists.yaml": "lists: [{ id: a, zone: a.example }]\n" });
    const overlay = folderWith({ "lists.yaml": "lists: [{ id: b, zone: b.example }]\n" });
    const options = {
      name: "lists.yaml",
      schema: async () => form,
      schemaModule,
      directory,
      overlay,
      cacheDirectory: null,
    };
    const merge = (own: z.infer<typeof form>, local: z.infer<typeof form>) => ({
      lists: [...own.lists, ...local.lists],
    });
    expect((await readDataFile({ ...options, merge })).lists.map(({ id }) => id)).toEqual(["a", "b"]);
    expect((await readDataFile(options)).lists.map(({ id }) => id)).toEqual(["b"]);
  });
});
