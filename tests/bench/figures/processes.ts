// What the system says of running processes. Reads /proc, so it knows Linux only; elsewhere the
// figures are NaN and printed as unknown.

/** Clock ticks of /proc/<pid>/stat in a second: fixed in Linux's interface with programs. */
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process has used, in all its threads. */
export function cpuSeconds(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  // The name in parentheses may hold anything; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Bytes of memory that a process holds. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  return kilobytes === undefined ? NaN : Number(kilobytes) * 1024;
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Starts a program and gives it with the first line that it prints. */
export async function startAndReadLine(
  command: string,
  args: readonly string[],
): Promise<{ child: Deno.ChildProcess; line: string }> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of child.stdout.values({ preventCancel: true })) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) return { child, line: text.slice(0, text.indexOf("\n")) };
  }
  throw new Error(`${command} ended without printing a line`);
}
