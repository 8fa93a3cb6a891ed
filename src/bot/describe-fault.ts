/**
 * What may be logged of a fault: its kind and where in the code it happened, never its message, which may quote mail text.
 */
export function describeFault(error: unknown): { error: string; at: string[] } {
  if (!(error instanceof Error)) return { error: typeof error, at: [] };
  return { error: error.name, at: framesOf(error).slice(0, 8) };
}

/** The lines of the stack after the message, of which some might look like them. */
function framesOf({ stack = "", message }: Error): string[] {
  const start = stack.indexOf(message);
  if (start === -1) return [];
  const lines = stack.slice(start + message.length).split("\n");
  return lines.filter((line) => /^\s+at /.test(line)).map((line) => line.trim());
}
