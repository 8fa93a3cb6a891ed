import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

/**
 * The arrows of the design: adapters → bot → commands → mail folders → smtp, dns. What a folder may import beside itself;
 * everything else of the project is forbidden to it.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "src/smtp": [],
  "src/dns": [],
  "src/store": [],
  "src/knowledge": ["src/smtp"],
  "src/bounce": ["src/smtp", "src/knowledge"],
  "src/domain": ["src/smtp", "src/dns", "src/knowledge"],
  "src/blocklist": ["src/smtp", "src/dns", "src/knowledge"],
  "src/message": ["src/smtp", "src/dns", "src/knowledge", "src/bounce", "src/domain"],
  "src/watch": ["src/dns", "src/domain", "src/blocklist", "src/store"],
  "src/jobs": ["src/store"],
  "src/bot": [
    "src/smtp",
    "src/dns",
    "src/store",
    "src/knowledge",
    "src/bounce",
    "src/domain",
    "src/blocklist",
    "src/message",
    "src/watch",
    "src/jobs",
  ],
  src: ["src"],
  adapters: ["src/bot"],
  // The terminal also offers the operator's tools: checking the knowledge files, comparing saved audits.
  "adapters/terminal": ["src/bot", "src/knowledge", "src/domain", "src/dns"],
  "adapters/slack": ["src/bot", "src/store"],
  "adapters/teams": ["src/bot", "src/store"],
  // The page shows answers as the platforms do, by their pure renderers.
  "adapters/web": ["src/bot", "src/knowledge", "adapters/slack", "adapters/teams"],
};

const root = join(import.meta.dirname, "..");

interface Import {
  from: string;
  to: string;
}

/** Every import of another file of the project, static or not, with paths from the project's root. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const specifiers = [...text.matchAll(/\b(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)];
  return specifiers.map(([, specifier = ""]) => ({
    from: file,
    to: normalize(join(dirname(file), specifier)),
  }));
}

function folderOf(file: string): string {
  const [top = "", second = ""] = file.split("/");
  return second.endsWith(".ts") ? top : `${top}/${second}`;
}

function violations(imports: readonly Import[]): string[] {
  return imports
    .filter(({ from, to }) => {
      // The one that puts all together; and how any part says that a setting is wrong.
      if (from === "src/main.ts" || to === "src/config-error.ts") return false;
      const folder = folderOf(from);
      const target = folderOf(to);
      const allowed = MAY_IMPORT[folder];
      return (
        target !== folder && !allowed?.some((prefix) => target === prefix || target.startsWith(`${prefix}/`))
      );
    })
    .map(({ from, to }) => `${from} imports ${to}`);
}

describe("the arrows between folders", () => {
  const files = globSync("{src,adapters}/**/*.ts", { cwd: root });

  test("are kept by every file of src and adapters", () => {
    expect(files.length).toBeGreaterThan(10);
    expect(violations(files.flatMap(importsOf))).toEqual([]);
  });

  test.each([
    ["src/dns/resolver.ts", "src/bot/answer.ts"],
    ["src/bounce/read.ts", "adapters/slack/index.ts"],
    ["src/bot/bot.ts", "adapters/slack/index.ts"],
    ["src/services.ts", "adapters/http.ts"],
    ["src/smtp/reply.ts", "src/knowledge/index.ts"],
    ["adapters/slack/app.ts", "adapters/teams/render.ts"],
  ])("are broken when %s imports %s", (from, to) => {
    expect(violations([{ from, to }])).toEqual([`${from} imports ${to}`]);
  });

  test("know every folder there is", () => {
    const folders = new Set(files.map(folderOf));
    expect([...folders].filter((folder) => !(folder in MAY_IMPORT))).toEqual([]);
  });
});

describe("heavy libraries", () => {
  test("botbuilder is imported by one file only", () => {
    const importers = globSync("{src,adapters}/**/*.ts", { cwd: root }).filter((file) =>
      /(from|import\()\s*"botbuilder/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(importers.length).toBeLessThanOrEqual(1);
  });

  /** The packages that these files load at once, themselves and by what they import. */
  function packagesOf(files: readonly string[]): string[] {
    const seen = new Set<string>();
    const packages = new Set<string>();
    const visit = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = readFileSync(join(root, file), "utf8");
      for (const [, specifier = ""] of text.matchAll(/^(?:import|export)(?! type)[^;]*?from "([^"]+)";/gms)) {
        if (specifier.startsWith(".")) visit(normalize(join(dirname(file), specifier)));
        else packages.add(specifier);
      }
    };
    files.forEach(visit);
    return [...packages];
  }

  test("the terminal command for a code loads neither bolt, botbuilder nor mailauth", () => {
    const heavy = /^(@slack|botbuilder|mailauth|express|postal-mime)/;
    const loaded = packagesOf(["src/main.ts", "adapters/terminal/index.ts", "src/bot/commands/smtp.ts"]);
    expect(loaded.filter((name) => heavy.test(name))).toEqual([]);
  });

  test("the page loads neither bolt nor botbuilder with the platforms' renderers", () => {
    const loaded = packagesOf(["adapters/web/index.ts"]);
    expect(loaded).toContain("express");
    expect(loaded.filter((name) => /^(@slack|botbuilder|mailauth)/.test(name))).toEqual([]);
  });
});
