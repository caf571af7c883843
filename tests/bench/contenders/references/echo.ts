// Sends back what it reads, as the manual of Deno shows it: the limit of a server of lines that is
// written for Deno with one read and one write at a time. Prints its port.

async function echo(connection: Deno.TcpConn): Promise<void> {
  connection.setNoDelay(true);
  const buffer = new Uint8Array(64 * 1024);
  for (let count = await connection.read(buffer); count !== null;) {
    for (let at = 0; at < count;) at += await connection.write(buffer.subarray(at, count));
    count = await connection.read(buffer);
  }
  connection.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
await Deno.stdout.write(new TextEncoder().encode(`${listener.addr.port}\n`));
for await (const connection of listener) echo(connection).catch(() => connection.close());
