// A bare HTTP server on `Deno.serve`: answers PUT with what it was told and GET with the client's id, and
// remembers nothing. Prints its port.

import { answer } from "./http_answer.ts";

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => void Deno.stdout.writeSync(new TextEncoder().encode(`${port}\n`)),
}, async (request) => {
  const body = request.method === "PUT" ? await request.text() : "";
  return Response.json(answer(request.url, body));
});
