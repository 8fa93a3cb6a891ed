import { fork } from "node:child_process";
import { once } from "node:events";

/** A process of Node that runs a file of the tests and sends messages. */
export interface Child {
  readonly pid: number;
  /** The next message that it sends, or an error when it ends before. */
  message(): Promise<unknown>;
  send(message: object): void;
  /** Ends it at once, as `kill -9` does, and waits until it is gone. */
  kill(): Promise<void>;
  /** How it ended by itself. */
  readonly ended: Promise<number | null>;
}

export function startChild(file: string, args: readonly string[]): Child {
  // Without the options of the test runner.
  const child = fork(file, args, { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = once(child, "exit").then(([code]) => code as number | null);
  const messages: unknown[] = [];
  let wake = Promise.withResolvers<void>();
  child.on("message", (message) => {
    messages.push(message);
    wake.resolve();
    wake = Promise.withResolvers();
  });
  return {
    pid: child.pid ?? 0,
    ended,
    async message() {
      let isOver = false;
      while (messages.length === 0) {
        if (isOver) throw new Error("the process ended without a message");
        await Promise.race([wake.promise, ended.then(() => (isOver = true))]);
      }
      return messages.shift();
    },
    send: (message) => void child.send(message),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
