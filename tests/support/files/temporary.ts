// A folder that a test may write in, gone when the test is over.

import { granted } from "../permissions.ts";

const readable = granted({ name: "env", variable: "TMPDIR" });

/** The system's folder for temporary files. */
export const temporaryRoot = (readable && Deno.env.get("TMPDIR")) || "/tmp";

/** What a test with a temporary folder needs. */
export const temporary: Deno.PermissionDescriptor[] = [
  { name: "read", path: temporaryRoot },
  { name: "write", path: temporaryRoot },
];

/** A new folder, removed with all that is in it when it is disposed of. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = Deno.makeTempDirSync({ dir: temporaryRoot, prefix: "herd-test-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}
