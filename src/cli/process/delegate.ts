// Runs a command in a process with exactly the permissions it needs, where the present one has less.

import { sendSignal, tied } from "./parent.ts";
import { type Permissions, toFlags } from "../../topology/permissions.ts";

/** Signals that end or renew a command, and so are passed on to the process that runs it. */
const PASSED_ON: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs this program with `args` in a process of its own that has these permissions, and gives its
 * exit status. Undefined when the present process may go on itself: it has them, or it cannot start
 * another, as a server that was started by hand with flags of its own.
 *
 * @throws {ConfigError} If no flag can express a permission.
 */
export async function delegate(
  permissions: Permissions,
  args: readonly string[],
): Promise<number | undefined> {
  // A compiled binary has the permissions that it was compiled with, and can get no others.
  if (Deno.build.standalone || hasAll(permissions)) return undefined;
  if (!isGranted({ name: "run", command: Deno.execPath() })) return undefined;
  const flags = toFlags(permissions);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...flags, Deno.mainModule, ...tied(args)],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const passOn = PASSED_ON.map((signal) => {
    const listener = () => sendSignal(child, signal);
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  try {
    return (await child.status).code;
  } finally {
    passOn.forEach((remove) => remove());
  }
}

function hasAll({ net, read, write, env, run = [] }: Permissions): boolean {
  return net.every((host) => isGranted({ name: "net", host })) &&
    read.every((path) => isGranted({ name: "read", path })) &&
    write.every((path) => isGranted({ name: "write", path })) &&
    env.every((variable) => isGranted({ name: "env", variable })) &&
    run.every((command) => isGranted({ name: "run", command }));
}

function isGranted(permission: Deno.PermissionDescriptor): boolean {
  return Deno.permissions.querySync(permission).state === "granted";
}
