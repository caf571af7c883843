// Lets a test be ignored, visibly, where it was not given what it needs: `deno test` with no flags passes.

/** True if every one of the permissions is granted. */
export function granted(...permissions: Deno.PermissionDescriptor[]): boolean {
  return permissions.every((it) => Deno.permissions.querySync(it).state === "granted");
}

/** What a test with sockets on this machine needs. */
export const loopback: Deno.NetPermissionDescriptor = { name: "net", host: "127.0.0.1" };
