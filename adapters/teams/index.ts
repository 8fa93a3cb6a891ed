export { startTeams, type TeamsAdapter, type TeamsOptions } from "./app.ts";
export type { Credentials, Endpoints } from "./botframework.ts";
