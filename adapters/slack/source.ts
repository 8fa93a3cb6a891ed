/** Where a delivery comes from. Slack signs it, so that it is what Slack says. */
import { z } from "zod";

export interface Source {
  /** The workspace: settings, limits, watches and everything that is kept belong to it. */
  readonly team: string;
  /** The organisation that the workspace is part of, where it is part of one. */
  readonly enterprise: string | null;
  /** Whether the app is installed in the whole organisation rather than in the workspace. */
  readonly orgWide: boolean;
}

const id = z.string().regex(/^\w{1,40}$/);
const installation = z.object({
  team_id: id.nullish(),
  enterprise_id: id.nullish(),
  is_enterprise_install: z.boolean().nullish(),
});
const body = z.object({
  type: z.string().nullish(),
  // Of an event and of a slash command.
  team_id: id.nullish(),
  enterprise_id: id.nullish(),
  authorizations: z.array(installation).nullish(),
  // Of an interaction.
  team: z.object({ id, enterprise_id: id.nullish() }).nullish(),
  enterprise: z.object({ id }).nullish(),
  user: z.object({ team_id: id.nullish() }).nullish(),
  view: z.object({ app_installed_team_id: id.nullish() }).nullish(),
  // A word in a slash command, which is a form.
  is_enterprise_install: z.union([z.boolean(), z.enum(["true", "false"])]).nullish(),
});

/**
 * The source of a delivery as Bolt finds it (`buildSource` in its App.js): of an event the first of the installations that it is
 * for, of a window the workspace of the app that opened it, since somebody of another workspace may have filled it in.
 * @returns `null` when it does not say
 */
export function sourceOf(value: unknown): Source | null {
  const parsed = body.safeParse(value);
  if (!parsed.success) return null;
  const { type, authorizations, view, team, user, enterprise, ...given } = parsed.data;
  const [first] = authorizations ?? [];
  const opened = type === "view_submission" ? view?.app_installed_team_id : undefined;
  const inEnterprise =
    first?.enterprise_id ?? enterprise?.id ?? team?.enterprise_id ?? given.enterprise_id ?? null;
  // What concerns a whole organisation names no workspace.
  const ofTeam =
    first?.team_id ?? opened ?? team?.id ?? given.team_id ?? user?.team_id ?? inEnterprise ?? undefined;
  if (ofTeam === undefined) return null;
  const orgWide = first ? first.is_enterprise_install : String(given.is_enterprise_install) === "true";
  return { team: ofTeam, enterprise: inEnterprise, orgWide: (orgWide ?? false) && inEnterprise !== null };
}

/** As a delivery's note holds it. */
export const sourceSchema = z.object({ team: id, enterprise: id.nullable(), orgWide: z.boolean() });
