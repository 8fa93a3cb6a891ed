/**
 * True for a web server's status with its words (RFC 9110 §15), such as "404 not found", where SMTP has no such code. It looks
 * like a reply code, and people ask about it.
 */
export function isHttpStatus(text: string): boolean {
  return HTTP_ONLY.test(text);
}

const HTTP_ONLY =
  /(?<!\d)(?:400 bad request|401 unauthori[sz]ed|403 forbidden|404(?: page)? not found|405 method not allowed|406 not acceptable|408 request time-?out|409 conflict|410 gone|413 (?:payload|content|request entity) too large|418 i'?m a teapot|429 too many requests)(?!\p{L})/iu;
