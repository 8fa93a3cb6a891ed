import { FILE } from "../store/contract/stage.ts";
import { jobsContract } from "./contract.ts";
import { killedJobs } from "./killed.ts";

jobsContract(FILE);
// The half minute of its lease, but for a moment.
killedJobs(FILE, async (sql) => void (await sql("UPDATE job SET due_at = due_at - 29000")));
