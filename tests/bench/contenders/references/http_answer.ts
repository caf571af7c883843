// The answers of the bare HTTP servers.

/** The id in the path, and the time in the body if there is one. */
export function answer(url: string, body: string): { readonly id: string; readonly time?: string } {
  const id = /\/v1\/clients\/([^/?]+)/.exec(url)?.[1] ?? "";
  if (body === "") return { id };
  const { time } = JSON.parse(body);
  return { id, time };
}
