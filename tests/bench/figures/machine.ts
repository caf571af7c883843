// What a run was made on: figures mean little without it.

import process from "node:process";

/** The machine and the programs of a run. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly system: string;
  /** Versions by the names of programs. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Looks at this machine. `compiler` is the command of a compiler of C. */
export async function describeMachine(compiler: string | undefined): Promise<Machine> {
  const versions: Record<string, string> = { Deno: Deno.version.deno, V8: Deno.version.v8 };
  const programs: [name: string, command: string][] = [["Python", "python3"], [
    "Redis",
    "redis-server",
  ]];
  if (compiler !== undefined) programs.push(["C compiler", compiler]);
  for (const [name, command] of programs) {
    const version = await versionOf(command);
    if (version !== undefined) versions[name] = version;
  }
  return {
    cpu: cpuModel(),
    cores: navigator.hardwareConcurrency,
    memoryGigabytes: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    system: `${process.platform} ${Deno.osRelease()}`,
    versions,
  };
}

function cpuModel(): string {
  try {
    const info = Deno.readTextFileSync("/proc/cpuinfo");
    return /^model name\s*:\s*(.+)$/m.exec(info)?.[1] ?? Deno.build.arch;
  } catch {
    return Deno.build.arch;
  }
}

async function versionOf(command: string): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(command, { args: ["--version"], stderr: "null" })
      .output();
    return /\d+(\.\d+)+/.exec(new TextDecoder().decode(stdout))?.[0];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
