/**
 * Thrown by a command when its arguments are not of the form it takes. The bot turns it into a clear answer, and the
 * terminal into `{"error": {code, message, example}}` with exit code 2.
 */
export class UsageError extends Error {
  /** A short stable word for scripts, such as `not-a-domain`. */
  readonly code: string;
  /** A whole question that works, such as `checkdomain example.org`. */
  readonly example: string;

  /** @param message what was expected and what was given, in a plain sentence */
  constructor(code: string, message: string, example: string) {
    super(message);
    this.name = "UsageError";
    this.code = code;
    this.example = example;
  }
}
