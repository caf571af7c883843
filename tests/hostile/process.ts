// Runs a file of this folder as a process of its own until it is told to end, and gives what it prints.

/** A running process. */
export interface Helper {
  /** Ends its standard input, which is how it is told to end; gives the JSON that it printed. */
  end(): Promise<unknown>;
}

/** Starts `file` of this folder, which may use sockets on this machine. */
export function startHelper(file: string, ...args: string[]): Helper {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-net=127.0.0.1",
      new URL(file, import.meta.url).pathname,
      ...args,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  return {
    async end() {
      await child.stdin.close();
      const { stdout } = await child.output();
      return JSON.parse(new TextDecoder().decode(stdout));
    },
  };
}
