// `fetch` past proxies. The runtime's own goes where HTTP_PROXY and its like in the environment say, and
// asks for no permission to.

/** A `fetch` for one upstream; disposing of it ends its connections. */
export type UpstreamFetch = typeof fetch & Partial<Disposable>;

/**
 * A `fetch` that asks an http URL straight, and no other URL. Of https URLs the runtime (2.9.6) has no
 * such way.
 */
export function straightFetch({ hostname, port }: URL): UpstreamFetch {
  const client = Deno.createHttpClient({
    proxy: {
      transport: "tcp",
      hostname: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || 80,
    },
  });
  const straight: typeof fetch = (url, init) => fetch(url, { ...init, client });
  return Object.assign(straight, { [Symbol.dispose]: () => client.close() });
}
