import { code, say } from "../answer.ts";
import type { RunCommand } from "./command.ts";

export const watch: RunCommand = async () => ({
  answer: {
    title: "Watching works in Slack and Teams",
    status: "info",
    summary: say`Here nobody could be told later. To see what changed in a domain, keep its audits and compare them: ${code("postie diff before.json after.json")}.`,
    sections: [],
    followUps: [],
    sources: [],
  },
  report: { watch: null },
  outcome: "nothing",
});
