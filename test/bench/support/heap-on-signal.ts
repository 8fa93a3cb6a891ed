/** Loaded before an instance that is measured: at SIGUSR2 it collects garbage, and says how much of its heap is in use then. */
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  globalThis.gc?.();
  process.stderr.write(`heap ${process.memoryUsage().heapUsed}\n`);
});
