import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readDockerfile } from "../support/dockerfile.ts";

const root = join(import.meta.dirname, "../..");
const textOf = (path: string) => readFileSync(join(root, path), "utf8");

interface Service {
  image: string;
  environment: Record<string, string>;
  read_only: boolean;
  security_opt: string[];
  cap_drop?: string[];
  ports?: string[];
  networks: string[];
  healthcheck?: object;
  depends_on?: Record<string, { condition: string }>;
}

describe("compose.yaml", () => {
  const {
    services,
    networks,
  }: { services: Record<string, Service>; networks: Record<string, object | null> } = parse(
    textOf("compose.yaml"),
  );
  const { postie, postgres } = services;

  test("gives each service a file system that cannot be written, and no new rights", () => {
    for (const service of Object.values(services)) {
      expect(service.read_only).toBe(true);
      expect(service.security_opt).toContain("no-new-privileges:true");
    }
    expect(postie?.cap_drop).toEqual(["ALL"]);
  });

  test("holds no secret, and says what is missing where one is not set", () => {
    const environment = Object.values(services).flatMap((service) => Object.entries(service.environment));
    const secret = environment.filter(
      ([name, value]) => /PASSWORD|SECRET|TOKEN|KEY|_URL/.test(name) && value,
    );
    expect(secret.map(([name]) => name).sort()).toEqual([
      "DATABASE_URL",
      "POSTGRES_PASSWORD",
      "POSTIE_SECRET",
    ]);
    for (const [, value] of secret) expect(value).toMatch(/\$\{[A-Z_]+:\?[^}]+\}/);
  });

  test("starts Postie when PostgreSQL answers, which nobody else reaches", () => {
    expect(postie?.depends_on?.postgres?.condition).toBe("service_healthy");
    expect(postgres?.healthcheck).toBeDefined();
    expect(postgres?.ports).toBeUndefined();
    expect(postgres?.networks).toEqual(["store"]);
    expect(networks.store).toEqual({ internal: true });
  });

  test("publishes ports on this machine only, the image's own", () => {
    const { ports } = readDockerfile(textOf("Dockerfile"));
    for (const port of postie?.ports ?? []) {
      expect(port).toMatch(/^127\.0\.0\.1:/);
      expect(port.split(":").at(-1)).toBe(String(ports[0]));
    }
    expect(postie?.environment.PORT).toBe(String(ports[0]));
  });

  test("names Postie's own version, and PostgreSQL's", () => {
    expect(postie?.image).toBe(`postie:${JSON.parse(textOf("package.json")).version}`);
    expect(postgres?.image).toMatch(/^postgres:\d/);
  });
});

describe("the unit of systemd", () => {
  test("starts what the image starts", () => {
    const [, command = ""] = /^ExecStart=\/usr\/bin\/(.*)$/m.exec(textOf("deploy/postie.service")) ?? [];
    expect(command.split(" ")).toEqual(readDockerfile(textOf("Dockerfile")).command);
  });
});
