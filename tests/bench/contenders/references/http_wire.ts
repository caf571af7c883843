// A bare application on the HTTP of the herd's own: answers as http_serve.ts does. Prints its port.

import { decode } from "../../../../src/base/bytes.ts";
import { HttpBounds } from "../../../../src/http/wire/bounds.ts";
import { HttpDoor } from "../../../../src/http/wire/door.ts";
import { json } from "../../../../src/http/wire/reply.ts";
import { LIMITS } from "../../../../src/server/limits.ts";
import { SystemClock } from "../../../../src/server/system.ts";
import { Pace } from "../../../../src/server/turns/pace.ts";
import { Rounds } from "../../../../src/server/turns/rounds.ts";
import { recordingLog } from "../../../support/fakes/log.ts";
import { answer } from "./http_answer.ts";

const clock = new SystemClock();
const doors = {
  clock,
  log: recordingLog({ debugEnabled: false }),
  limits: LIMITS,
  pace: new Pace(clock),
  rounds: new Rounds(clock),
};
const door = new HttpDoor({
  address: { hostname: "127.0.0.1", port: 0 },
  app: {
    route: (request) => ({
      maxBodyBytes: 4 * 1024,
      run: () => json(answer(request.path, decode(request.body))),
    }),
    refuse: (problem) => problem.toReply(),
  },
  bounds: new HttpBounds(doors),
  doors,
});
Deno.stdout.writeSync(new TextEncoder().encode(`${door.address.port}\n`));
