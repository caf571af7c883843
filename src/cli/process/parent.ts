// Parents and children. A process can be tied to the one that started it, so that it ends with it, even
// by SIGKILL. No system tells a process that its parent died; on Unix, another is its parent then.

/** The argument before a command that ties its process to its parent, `=` and its id behind it. */
const TIE = "--parent";

/** The interval of looks at who the parent is, in milliseconds. */
export const PARENT_LOOK_MS = 250;

/** Arguments of this program for a child that is to end with this process. */
export function tied(args: readonly string[]): string[] {
  return [`${TIE}=${Deno.pid}`, ...args];
}

/** Removes the tie from the arguments. Without an id it is to the parent of this moment. */
export function untie(
  args: readonly string[],
): { readonly args: readonly string[]; readonly parent: number | undefined } {
  const [first, ...rest] = args;
  const [, id] = new RegExp(`^${TIE}(?:=(\\d+))?$`).exec(first ?? "") ?? [undefined, null];
  if (id === null) return { args, parent: undefined };
  return { args: rest, parent: id === undefined ? Deno.ppid : Number(id) };
}

/** Sends a signal to a child unless it has ended. */
export function sendSignal(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already.
  }
}

/** Calls `onOrphaned` once when the process of this id is not the parent any more. */
export function watchParent(parent: number, onOrphaned: () => void): void {
  const look = () => {
    if (Deno.ppid === parent) return;
    clearInterval(timer);
    onOrphaned();
  };
  const timer = setInterval(look, PARENT_LOOK_MS);
  Deno.unrefTimer(timer);
}
