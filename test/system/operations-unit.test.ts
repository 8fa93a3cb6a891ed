import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../support/real-servers.ts";

const unit = join(import.meta.dirname, "../../deploy/postie.service");

describeWith(["systemd-analyze"], "the unit of systemd", ({ "systemd-analyze": analyze }) => {
  test("holds nothing that systemd does not know", () => {
    const { status, stderr } = spawnSync(analyze, ["verify", unit], { encoding: "utf8" });
    // That Node and the checkout are not where it expects them is this machine's matter.
    const told = stderr
      .split("\n")
      .filter((line) => line.includes("postie.service") && !/not executable/.test(line));
    expect(told).toEqual([]);
    expect(status === 0 || stderr.includes("not executable")).toBe(true);
  });

  test("leaves the service as little as systemd calls no matter of concern", () => {
    // Its scale goes from 0 to 10; below 2 it is "OK".
    const args = ["security", "--offline=true", "--threshold=20", unit];
    const { status, stdout, stderr } = spawnSync(analyze, args, { encoding: "utf8" });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });
});
