export { type SlackAdapter, type SlackOptions, startSlack } from "./app.ts";
