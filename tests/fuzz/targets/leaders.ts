// Connections that may be links, from their first byte: strangers who speak the language of followers,
// or nearly. Only whose lines are in form becomes one, whatever is sent changes no record, and who does
// not ask for a link is a client.

import { Links } from "../../../src/flood/links.ts";
import { encode } from "../../../src/base/bytes.ts";
import { MAX_AT_BYTES } from "../../../src/flood/follow.ts";
import { parseBody, Update } from "../../../src/protocol/update.ts";
import { isLinkLine, LINK_LINES, referenceWishes } from "../../support/reference/reference_link.ts";
import type { Chance } from "../chance.ts";
import { position, token } from "../grammar.ts";
import { linkEnvironment, newLinks, type ReusableStore } from "../surroundings.ts";
import { expectSame, type Target } from "../target.ts";
import { putLatin1 } from "../text.ts";
import { message, retention, wish } from "./messages.ts";
import { conversation, expectedReplies, serve, sessionContext } from "./sessions.ts";
import { SERVER } from "../../../src/store/source.ts";
import { recordingLog } from "../../support/fakes/log.ts";

const BODY = encode("Goloman +0.000000000 kiwi +1+1 1");

/** All that a stranger sends. */
export const leaders: Target = {
  name: "leaders",
  generate: approach,
  async check(input) {
    const context = sessionContext(input);
    const store = context.store as ReusableStore;
    if (!asksForLink(input)) {
      const reply = await serve({ ...context, links: newLinks(store) }, input);
      return expectSame(reply, expectedReplies(input));
    }
    const update = new Update();
    parseBody(BODY, 0, BODY.length, update);
    store.apply(update, SERVER);
    const log = recordingLog({ debugEnabled: false });
    const links = new Links({ ...linkEnvironment(store), log });
    const reply = await serve({ ...context, links }, input);
    const hands = links.neighbours.get("Hands")!;
    expectSame(hands.leads, isFollower(input) ? 1 : 0);
    expectSame(/^LEAD\/[12] /.test(reply), isFollowOf(input.split("\n")[0]!));
    expectSame([hands.leading, store.bodies().length], [undefined, 1]);
    // Only who has proved itself is told of a record, if it stays for it.
    if (reply.includes("kiwi")) expectSame(isFollower(input), true);
    const ended = log.entries.find((it) => it.event === "link.unfollowed");
    if (ended !== undefined && input.endsWith("\n")) checkEnd(input, String(ended.fields.reason));
  },
};

/** A wish that is wrong ends a link, and no other does. ACKs, and looks at once, hang on what was sent. */
function checkEnd(input: string, reason: string): void {
  const [follow, , ...lines] = input.split("\n").slice(0, -1);
  const isTimed = reason.startsWith("ACK ") || reason === "the follower looks twice at once";
  if (isTimed || versionOf(follow!) === 1) return;
  if (lines.some((it) => it.length > MAX_AT_BYTES)) return;
  const wrong = referenceWishes(lines);
  expectSame(/WANT|SUMS|LOOK|asks twice/.test(reason) ? reason : undefined, wrong);
}

function asksForLink(input: string): boolean {
  const line = input.split("\n")[0]!.slice(0, 4096);
  const bytes = new Uint8Array(line.length);
  return Links.isFollow(bytes, 0, putLatin1(line, bytes, 0));
}

function isFollowOf(line: string): boolean {
  const [, herd, follower, leader] = LINK_LINES[versionOf(line)].FOLLOW.exec(line) ?? [];
  return herd === "ucla" && follower === "Hands" && leader === "Goloman" && line.length <= 4096;
}

function isFollower(input: string): boolean {
  const [first, second = ""] = input.split("\n");
  return isFollowOf(first!) && isLinkLine(second, "AUTH", versionOf(first!)) &&
    second.endsWith(" -");
}

function versionOf(follow: string): 1 | 2 {
  return follow.startsWith("FOLLOW/1 ") ? 1 : 2;
}

function approach(chance: Chance): string {
  const known = chance.oneIn(2) ? "-" : token(chance);
  const version = chance.pick([1, 2] as const);
  let text = `FOLLOW/${version} ucla Hands Goloman ${token(chance)} ${token(chance)}\n`;
  if (chance.oneIn(8)) text = `${message(chance)}\n`;
  text += chance.oneIn(8)
    ? `${message(chance)}\n`
    : `AUTH ${known} ${position(chance)} ${retention(chance, version)}1800000000.000000000 -\n`;
  const ack = () => version === 1 ? position(chance) : `${position(chance)} ${position(chance)} -`;
  const wishes = version === 2 ? chance.pick([0, 1, 4]) : 0;
  for (let left = chance.below(4) + wishes; left > 0; left--) {
    text += chance.below(4) < wishes ? `${wish(chance)}\n` : `ACK ${ack()}\n`;
  }
  return chance.oneIn(8) ? text + conversation(chance) : text;
}
