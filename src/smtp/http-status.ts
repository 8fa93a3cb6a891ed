/**
 * True for a web server's status with its words (RFC 9110 §15), such as "404 not found", where SMTP has no such code or
 * the text names the web server. It looks like a reply code, and people ask about it.
 */
export function isHttpStatus(text: string): boolean {
  return HTTP_ONLY.test(text) || WEB_SERVER.test(text);
}

// A status that is said to be a web server's, even where SMTP has a code of that number.
const WEB_SERVER =
  /^\s*(?:https?(?:\/\d(?:\.\d)?)?(?: (?:status|error|code)){0,3} [1-5]\d\d(?!\d)|[45]\d\d [a-z ]{0,40}\b(?:nginx|apache|cloudflare|tomcat)\b)/i;

const HTTP_ONLY =
  /(?<!\d)(?:400 bad request|401 unauthori[sz]ed|403 forbidden|404(?: page)? not found|405 method not allowed|406 not acceptable|408 request time-?out|409 conflict|410 gone|413 (?:payload|content|request entity) too large|418 i'?m a teapot|429 too many requests)(?!\p{L})/iu;
