// Many locations in one request: what each is answered, and that one fault is one location's.

import { assert, assertEquals } from "@std/assert";
import fc from "../../../support/properties.ts";
import { startNode } from "../../../../src/server/node.ts";
import { loneOptions } from "../../../support/herds/herd.ts";
import { startHttp, type TestHttp } from "../../../support/herds/http.ts";
import { bearerFor, tokenKeys } from "../../../support/herds/tokens.ts";
import { testWith } from "../../../support/test.ts";

const test = testWith("sockets");

async function post(
  http: TestHttp,
  body: BodyInit,
  { type = "application/x-ndjson", query = "", headers = {} } = {},
): Promise<Response> {
  return await http.fetch(`/v1/locations${query}`, {
    method: "POST",
    headers: { ...headers, "Content-Type": type },
    body,
  });
}

const linesOf = (text: string) =>
  text.split("\n").filter((it) => it !== "").map((it) => JSON.parse(it));

test("POST locations answers each line in order, and takes what is good", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const table: [line: string, answer: object | RegExp][] = [
    ['{"id":"a%2F%FF","lat":1,"lon":2,"time":"10.5"}', { isStored: true }],
    ['{"lon":2,"lat":1,"id":"b","time":"2018-03-02T20:52:14Z"}', { isStored: true }],
    ['{"id":"c","lat":1,"lon":2,"time":10}', { isStored: true }],
    ['{"id":"d","lat":1,"lon":2}', { isStored: true }],
    ['{"id":"c","lat":1,"lon":2,"time":9}', { isStored: false, because: "older" }],
    ['{"id":"c","lat":1,"lon":2,"time":"10.0"}', { isStored: false, because: "tied" }],
    ["{", /^not JSON$/],
    ["7", /not an object/],
    ["null", /not an object/],
    ["[]", /'id': missing/],
    ['{"id":"e","lat":91,"lon":2}', /'lat': not a number from -90 to 90/],
    ['{"id":"e","lat":1,"lon":"2"}', /'lon': not a number/],
    ['{"id":"e","lat":1e999,"lon":2}', /'lat': not a number/],
    ['{"id":"e","lat":1,"lon":2,"tiem":9}', /'tiem': unknown/],
    ['{"id":"e","lat":1,"lon":2,"time":9.5}', /'time': not POSIX/],
    ['{"id":"e","lat":1,"lon":2,"time":null}', /'time': not POSIX/],
    ['{"id":"e f","lat":1,"lon":2}', /'id': not 1 to/],
    ['{"id":"","lat":1,"lon":2}', /'id': not 1 to/],
    ['{"id":"e","lat":1,"lon":2,"__proto__":{}}', /'__proto__': unknown/],
  ];
  const response = await post(http, table.map(([line]) => line).join("\r\n\n"));
  assertEquals({ status: response.status, type: response.headers.get("Content-Type") }, {
    status: 200,
    type: "application/x-ndjson",
  });
  const answers = linesOf(await response.text());
  assertEquals(answers.length, table.length);
  for (const [index, [line, expected]] of table.entries()) {
    const { error, ...answer } = answers[index];
    if (!(expected instanceof RegExp)) {
      assertEquals({ line, ...answers[index] }, { line, ...expected });
    } else {
      assertEquals(answer, { isStored: false });
      assert(expected.test(error), `${line}: ${error}`);
    }
  }
  assertEquals(node.store.size, 4);
  assertEquals((await (await http.fetch("/v1/clients/b")).json()).time, "1520023934");
});

test("POST locations takes an array, and sums up where that is asked", async () => {
  await using node = startNode(loneOptions({ limits: { maxClients: 1 } }));
  await using http = startHttp(node);
  const locations = [{ id: "a", lat: 1, lon: 1, time: 5 }, { id: "b", lat: 1, lon: 1, time: 5 }, 7];
  const type = "application/json";
  const body = JSON.stringify(locations);
  const { answers, ...rest } = await (await post(http, body, { type })).json();
  const error = "this server has no room for more clients";
  const faults = [{ number: 2, error }, { number: 3, error: "not an object" }];
  assertEquals(rest, { received: 3, stored: 1, faulty: 2, faults });
  assertEquals(answers, [
    { isStored: true },
    { isStored: false, error },
    { isStored: false, error: "not an object" },
  ]);
  const summary = await (await post(http, body, { type, query: "?answer=summary" })).json();
  assertEquals(summary, { received: 3, stored: 0, faulty: 2, faults });
  assertEquals(await (await post(http, "", { query: "?answer=summary" })).json(), {
    received: 0,
    stored: 0,
    faulty: 0,
    faults: [],
  });
});

test("POST locations takes of a token's clients alone", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { tokens: tokenKeys() });
  const body = '{"id":"kiwi","lat":1,"lon":1}\n{"id":"plum","lat":1,"lon":1}\n';
  const response = await post(http, body, { headers: await bearerFor("k*", "tell") });
  const error = "the token is for 'k*' alone";
  assertEquals(linesOf(await response.text()), [{ isStored: true }, { isStored: false, error }]);
  const refused = await post(http, body, { headers: await bearerFor("*", "read") });
  assertEquals(refused.status, 403);
  await refused.body?.cancel();
  assertEquals(node.store.size, 1);
});

test("POST locations answers each line of whatever is sent, and has no bug", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const line = fc.oneof(
    fc.json().map((it) => it.replaceAll("\n", " ")),
    fc.string().map((it) => it.replaceAll("\n", " ")),
    fc.record({
      id: fc.string(),
      lat: fc.oneof(fc.double(), fc.string()),
      lon: fc.double(),
      time: fc.oneof(fc.double(), fc.string(), fc.integer()),
    }, { requiredKeys: [] }).map((it) => JSON.stringify(it)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 20 }), async (lines) => {
      const response = await post(http, lines.join("\n"));
      assertEquals(response.status, 200);
      const answers = linesOf(await response.text());
      assertEquals(answers.length, lines.filter((it) => it.trim() !== "").length);
    }),
    { numRuns: 60 },
  );
});
