// Names in the message system: one stream a herd, and in it one subject for each client.

import { hash } from "node:crypto";
import { Buffer } from "node:buffer";

/** 128 bits, as 22 letters of base64url: nobody finds two ids with one subject. */
const HASH_LETTERS = 22;

/** The stream of a herd. Its name takes no `.`, and a herd's has no `=`: so it is the herd's alone. */
export function streamOf(herd: string): string {
  return `herd_${herd.replaceAll(".", "=")}`;
}

/** All subjects of a herd. */
export function subjectsOf(herd: string): string {
  return `${prefixOf(herd)}*`;
}

/** Makes the subjects of a herd's clients, by their ids: any bytes. */
export function subjectMaker(herd: string): (client: Uint8Array) => string {
  const prefix = prefixOf(herd);
  return (client) =>
    prefix + hash("sha256", Buffer.from(client), "base64url").slice(0, HASH_LETTERS);
}

function prefixOf(herd: string): string {
  return `herd.${herd.replaceAll(".", "=")}.at.`;
}
