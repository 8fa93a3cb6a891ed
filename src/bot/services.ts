import type { Blocklists } from "../blocklist/index.ts";
import type { Resolver } from "../dns/index.ts";
import type { Knowledge } from "../knowledge/index.ts";
import type { Watching } from "./watching.ts";

/**
 * What commands work with. Everything is made on first use: a code is explained without ever opening a socket, and a
 * domain is checked without loading the guides.
 */
export interface Services {
  knowledge(): Promise<Knowledge>;
  resolver(): Promise<Resolver>;
  /** The blocklists with what this process knows of them; they are asked by the same resolver. */
  blocklists(): Promise<Blocklists>;
  /** What watches domains and addresses; left out where nobody could be told, as in the terminal and on the page. */
  watching?(): Watching;
}
