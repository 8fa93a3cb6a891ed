/** A setting that is wrong or half given: one line that names it, says what is wrong and gives an example that works. */
export class ConfigError extends Error {
  readonly variable: string;

  /** @param problem without the value, which may be a secret */
  constructor(variable: string, problem: string, example: string) {
    super(`${variable} ${problem}. Example: ${variable}=${example}`);
    this.name = "ConfigError";
    this.variable = variable;
  }
}
