/** Work in the background that outlives the instance it was begun in. */
export {
  type Backlog,
  type JobHandler,
  type Jobs,
  type JobsLog,
  type JobsOptions,
  openJobs,
} from "./jobs.ts";
