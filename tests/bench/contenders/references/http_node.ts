// A bare HTTP server on `node:http`: answers as http_serve.ts does. Prints its port.

import type { AddressInfo } from "node:net";
import { createServer } from "node:http";
import { answer } from "./http_answer.ts";

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => body += chunk);
  request.on("end", () => {
    const text = JSON.stringify(answer(request.url!, body));
    const length = Buffer.byteLength(text);
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": length });
    response.end(text);
  });
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  Deno.stdout.writeSync(new TextEncoder().encode(`${port}\n`));
});
