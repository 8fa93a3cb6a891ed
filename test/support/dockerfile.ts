/** Reads a Dockerfile as far as ours goes: an instruction that is not known here is an error, so that none is passed over. */

export type Step =
  | { kind: "workdir"; path: string }
  | { kind: "env"; values: Record<string, string> }
  | { kind: "copy"; from: string | null; sources: string[]; target: string }
  | { kind: "run"; script: string }
  | { kind: "user"; uid: number; gid: number };

export interface Stage {
  readonly base: string;
  readonly name: string | null;
  readonly steps: Step[];
}

export interface Dockerfile {
  readonly stages: readonly Stage[];
  readonly command: string[];
  readonly healthcheck: string[];
  readonly ports: number[];
}

export function readDockerfile(text: string): Dockerfile {
  const stages: Stage[] = [];
  const args: Record<string, string> = {};
  let command: string[] = [];
  let healthcheck: string[] = [];
  const ports: number[] = [];
  for (const { name, rest } of instructions(text)) {
    const stage = stages.at(-1);
    if (name === "ARG" && !stage) Object.assign(args, assignments(rest));
    else if (name === "FROM") {
      const [, base = "", as = null] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
      stages.push({ base: base.replace(/\$\{(\w+)\}/g, (_, arg) => args[arg] ?? ""), name: as, steps: [] });
    } else if (name === "EXPOSE") ports.push(...rest.split(/\s+/).map(Number));
    else if (name === "CMD") command = words(rest);
    else if (name === "HEALTHCHECK") healthcheck = words(rest.replace(/^(?:--[\w-]+=\S+\s+)*CMD\s+/, ""));
    else if (stage) stage.steps.push(step(name, rest));
    else throw new Error(`${name} stands before the first FROM`);
  }
  return { stages, command, healthcheck, ports };
}

function step(name: string, rest: string): Step {
  switch (name) {
    case "WORKDIR":
      return { kind: "workdir", path: rest };
    case "ENV":
      return { kind: "env", values: assignments(rest) };
    case "RUN":
      return { kind: "run", script: rest };
    case "USER": {
      const [, uid, gid] = /^(\d+):(\d+)$/.exec(rest) ?? [];
      if (!uid || !gid) throw new Error("USER is not given by numbers");
      return { kind: "user", uid: Number(uid), gid: Number(gid) };
    }
    case "COPY": {
      const [, from = null, paths = ""] = /^(?:--from=(\S+)\s+)?([^-].*)$/.exec(rest) ?? [];
      const [target = "", ...sources] = paths.split(/\s+/).reverse();
      return { kind: "copy", from, sources, target };
    }
    default:
      throw new Error(`The instruction ${name} is not known here`);
  }
}

/** Instructions with their continued lines joined, without comments. */
function instructions(text: string): { name: string; rest: string }[] {
  const joined = text.replace(/^\s*#.*\n/gm, "").replace(/\\\n\s*/g, "");
  return joined
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, name = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
      return { name, rest: rest.trim() };
    });
}

function assignments(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(/\s+/).map((pair) => {
      const [name = "", value = ""] = pair.split("=", 2);
      return [name, value];
    }),
  );
}

/** A command in its JSON form, which starts the program itself and no shell that would keep signals from it. */
function words(json: string): string[] {
  const parsed: unknown = JSON.parse(json);
  if (!Array.isArray(parsed)) throw new Error("A command is not in its JSON form");
  return parsed.map(String);
}
