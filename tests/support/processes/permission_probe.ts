// Tries things in a process of its own that was started with certain flags, and says what it was
// allowed: not whether the thing worked, which needs no server, file or network.

/**
 * Starts Deno with these flags, revokes, and tries each of the actions, such as `dial [::1]:2`,
 * `listen [::1]:2`, `read file`, `write file`, `env NAME` and `run program`.
 */
export async function probe(
  flags: readonly string[],
  revoke: readonly Deno.PermissionDescriptor[],
  actions: readonly string[],
): Promise<Record<string, boolean>> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...flags, import.meta.filename!],
    stdin: "piped",
    stdout: "piped",
  });
  await using process = command.spawn();
  await new Blob([JSON.stringify({ revoke, actions })]).stream().pipeTo(process.stdin);
  return await new Response(process.stdout).json();
}

if (import.meta.main) {
  const { revoke, actions } = await new Response(Deno.stdin.readable).json();
  for (const permission of revoke) await Deno.permissions.revoke(permission);
  const outcomes: Record<string, boolean> = {};
  for (const action of actions) outcomes[action] = await isAllowed(action);
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(outcomes)));
}

async function isAllowed(action: string): Promise<boolean> {
  try {
    await attempt(action);
  } catch (error) {
    return !(error instanceof Deno.errors.NotCapable);
  }
  return true;
}

async function attempt(action: string): Promise<void> {
  const [verb, target = ""] = action.split(" ");
  switch (verb) {
    case "dial":
      return (await Deno.connect(addressOf(target))).close();
    case "listen":
      return Deno.listen(addressOf(target)).close();
    case "read":
      await Deno.stat(target);
      return;
    case "write":
      // Made in a folder that is not there: allowed, it fails for that reason.
      return await Deno.mkdir(`${target}/no/such/folder`);
    case "env":
      Deno.env.get(target);
      return;
    case "run":
      await new Deno.Command(target, { args: ["--version"] }).output();
      return;
    default:
      throw new TypeError(`Unknown action '${action}'`);
  }
}

function addressOf(target: string): { hostname: string; port: number } {
  const colon = target.lastIndexOf(":");
  return {
    hostname: target.slice(0, colon).replace(/^\[|\]$/g, ""),
    port: Number(target.slice(colon + 1)),
  };
}
