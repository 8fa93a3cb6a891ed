/** The page to try Postie in a browser. */
export { addWeb, type WebOptions } from "./app.ts";
