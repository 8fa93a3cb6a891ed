/** The rows ✓ SPF, ✓ DKIM, ✓ DMARC: what passed, for which domain, and which was needed. */
import type { DkimReport, MessageReport } from "../../message/index.ts";
import { type CheckRow, type Status, say } from "../answer.ts";

const MAX_SIGNATURES = 5;

export function messageRows(report: MessageReport): CheckRow[] {
  return [spfRow(report), ...dkimRows(report), dmarcRow(report), ...arcRows(report), ...bimiRows(report)];
}

function spfRow({ spf, dmarc }: MessageReport): CheckRow {
  const { result, domain, aligned, client, reason } = spf;
  if (result === "pass") {
    return {
      status: aligned ? "ok" : "unknown",
      label: "SPF passed",
      detail: say`${domain ?? ""} names ${client?.address ?? "the server"}${alignment(aligned, domain, dmarc.domain)}`,
    };
  }
  const label = {
    none: "SPF not available",
    neutral: "SPF says nothing",
    fail: "SPF failed",
    softfail: "SPF failed (softfail)",
    temperror: "SPF could not be checked",
    permerror: "SPF failed (permerror)",
  }[result];
  return { status: markOf(result), label, detail: say`${reason ?? ""}` };
}

function dkimRows({ dkim, dmarc }: MessageReport): CheckRow[] {
  if (dkim.length === 0)
    return [{ status: "unknown", label: "DKIM not available", detail: say`the message is not signed` }];
  const shown = dkim.slice(0, MAX_SIGNATURES).map((signature) => dkimRow(signature, dmarc.domain));
  const more = dkim.length - shown.length;
  if (more <= 0) return shown;
  return [...shown, { status: "info", label: "DKIM", detail: say`${more} more signatures` }];
}

function dkimRow(
  { result, cause, domain, selector, aligned, reason }: DkimReport,
  needed: string | null,
): CheckRow {
  const name = `${domain ?? "?"}, selector ${selector ?? "?"}`;
  if (result === "pass") {
    const status: Status = !aligned ? "unknown" : reason === null ? "ok" : "warning";
    return {
      status,
      label: "DKIM passed",
      detail: say`${name}${alignment(aligned, domain, needed)}${reason === null ? "" : `; ${reason}`}`,
    };
  }
  const label =
    cause === "body-not-given" || cause === "dns"
      ? "DKIM could not be checked"
      : cause === "key-gone"
        ? "DKIM key is gone"
        : cause === "body-changed"
          ? "DKIM failed (body changed)"
          : result === "fail"
            ? "DKIM failed"
            : `DKIM does not count (${result})`;
  return { status: markOf(result), label, detail: say`${name}: ${reason ?? result}` };
}

function dmarcRow({ dmarc }: MessageReport): CheckRow {
  const { result, policy, domain, reason } = dmarc;
  const label = {
    none: "DMARC not available",
    pass: "DMARC passed",
    fail: "DMARC failed",
    temperror: "DMARC could not be checked",
    permerror: "DMARC cannot be evaluated",
  }[result];
  const said = reason ?? `${domain ?? "?"}${policy === null ? "" : `, policy ${policy}`}`;
  return { status: result === "permerror" ? "problem" : markOf(result), label, detail: say`${said}` };
}

function arcRows({ arc }: MessageReport): CheckRow[] {
  const { result, sealers, reason } = arc;
  if (result === "none") return [];
  const by = `sealed by ${sealers.slice(0, 4).join(", ")}`;
  const label = {
    pass: "ARC passed",
    fail: "ARC failed",
    neutral: "ARC could not be checked",
    temperror: "ARC could not be checked",
  }[result];
  return [
    {
      status: result === "pass" ? "info" : markOf(result),
      label,
      detail: say`${by}${reason === null ? "" : `: ${reason}`}`,
    },
  ];
}

function bimiRows({ bimi }: MessageReport): CheckRow[] {
  if (bimi.result === "pass")
    return [{ status: "info", label: "BIMI", detail: say`the domain publishes a logo` }];
  if (bimi.result !== "fail") return [];
  return [{ status: "warning", label: "BIMI failed", detail: say`${bimi.reason ?? "its record is broken"}` }];
}

/** Which domain passed and which was needed. */
function alignment(aligned: boolean, passed: string | null, needed: string | null): string {
  if (needed === null) return "";
  if (aligned) return passed === needed ? ", the From domain" : `, aligned with the From domain ${needed}`;
  return `, but the From domain is ${needed}: not aligned`;
}

/** ✗ for what failed, ? for what is not there or could not be checked. */
function markOf(result: string): Status {
  if (result === "pass") return "ok";
  return ["fail", "softfail", "permerror", "policy"].includes(result) ? "problem" : "unknown";
}
