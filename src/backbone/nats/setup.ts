// The herd's stream: finds it, makes it if there is none, and looks what of its setup loses records.

import type { JetStreamManager, StreamConfig, StreamInfo } from "@nats-io/jetstream";
import { MAX_BODY_BYTES } from "../../protocol/update.ts";
import { DeniedError, type StreamCondition } from "../stream.ts";
import { streamOf, subjectsOf } from "../subject.ts";
import { JETSTREAM } from "./refusal.ts";

/** Requirements of a server on the stream. */
export interface SetupOptions {
  readonly herd: string;
  /** Copies, if it has to be made. */
  readonly replicas: number;
  /** After how long a message is dropped, in seconds; undefined for never. */
  readonly maxAgeSeconds: number | undefined;
}

/** A message stays in the stream for this much longer than its client is kept, in seconds. */
export const KEPT_LONGER_SECONDS = 3_600;

const NANOS = 1e9;

type JetStream = typeof import("@nats-io/jetstream");

/**
 * The facts about the herd's stream, which is made if there is none.
 *
 * @throws {DeniedError} If the stream that is there cannot be a herd's.
 */
export async function openStreamInfo(
  manager: JetStreamManager,
  jetStream: JetStream,
  options: SetupOptions,
): Promise<StreamInfo> {
  const info = await findStream(manager, jetStream, options) ??
    await makeStream(manager, jetStream, options);
  const unusable = whyUnusable(info.config, options);
  if (unusable === undefined) return info;
  throw new DeniedError(
    `the stream '${info.config.name}' is none for a herd: ${unusable}. ` +
      "Delete it, and a server makes it anew",
  );
}

/** Settings of a stream that lose records; `maxPayload` is the largest message of NATS in bytes. */
export function conditionOf(
  config: StreamConfig,
  maxPayload: number,
  options: SetupOptions,
): StreamCondition {
  const maxMessageBytes = config.max_msg_size > 0
    ? Math.min(config.max_msg_size, maxPayload)
    : maxPayload;
  return { maxMessageBytes, faults: [...faultsOf(config, maxMessageBytes, options)] };
}

function* faultsOf(
  config: StreamConfig,
  maxMessageBytes: number,
  { maxAgeSeconds = Infinity }: SetupOptions,
): Generator<string> {
  const { max_age, max_msgs, max_bytes, max_msgs_per_subject, discard } = config;
  const ageSeconds = max_age > 0 ? max_age / NANOS : Infinity;
  if (ageSeconds !== maxAgeSeconds) {
    yield `the stream keeps messages for ${seconds(ageSeconds)}, and this server's --retain asks ` +
      `for ${
        seconds(maxAgeSeconds)
      }: servers have different ones, or the stream was changed (nats stream edit --max-age)`;
  }
  const then = discard === "new" ? "refuses more" : "drops the oldest";
  if (max_msgs > 0) yield `the stream ${then} over ${max_msgs} messages`;
  if (max_bytes > 0) yield `the stream ${then} over ${max_bytes} bytes`;
  if (max_msgs_per_subject !== 1) {
    const count = max_msgs_per_subject > 0 ? max_msgs_per_subject : "all";
    yield `the stream keeps ${count} messages of each client in place of one`;
  }
  if (maxMessageBytes < MAX_BODY_BYTES) {
    yield `the stream takes messages of up to ${maxMessageBytes} bytes, ` +
      `and a record can have ${MAX_BODY_BYTES}`;
  }
}

function seconds(value: number): string {
  return value === Infinity ? "ever" : `${value} s`;
}

function whyUnusable(config: StreamConfig, { herd }: SetupOptions): string | undefined {
  const { retention, subjects, mirror, sealed, no_ack } = config;
  const wanted = subjectsOf(herd);
  if (retention !== "limits") return `it keeps messages by '${retention}', not by limits`;
  if (mirror !== undefined) return "it is the mirror of another one";
  if (!subjects?.some((it) => covers(it, wanted))) return `it does not take '${wanted}'`;
  if (sealed) return "it is sealed";
  if (no_ack) return "it acknowledges nothing";
  if (config.subject_transform !== undefined) return "it changes subjects";
  const refusesNews = config.discard === "new" && config.discard_new_per_subject;
  return refusesNews ? "it refuses what is newer" : undefined;
}

/** True if all subjects of one pattern of NATS are among those of another. */
export function covers(pattern: string, wanted: string): boolean {
  const [ours, theirs] = [pattern.split("."), wanted.split(".")];
  for (const [index, token] of ours.entries()) {
    if (token === ">") return theirs.length > index;
    if (theirs[index] === undefined || theirs[index] === ">") return false;
    if (token !== "*" && token !== theirs[index]) return false;
  }
  return ours.length === theirs.length;
}

async function findStream(
  manager: JetStreamManager,
  jetStream: JetStream,
  { herd }: SetupOptions,
): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(streamOf(herd));
  } catch (error) {
    if (isApiError(error, jetStream, JETSTREAM.streamNotFound)) return undefined;
    throw error;
  }
}

async function makeStream(
  manager: JetStreamManager,
  jetStream: JetStream,
  options: SetupOptions,
): Promise<StreamInfo> {
  const { herd, replicas, maxAgeSeconds } = options;
  try {
    return await manager.streams.add({
      name: streamOf(herd),
      subjects: [subjectsOf(herd)],
      max_msgs_per_subject: 1,
      num_replicas: replicas,
      storage: jetStream.StorageType.File,
      discard: jetStream.DiscardPolicy.Old,
      max_age: (maxAgeSeconds ?? 0) * NANOS,
    });
  } catch (error) {
    // Another server made it in the same moment: with other options, or with the last of some room.
    const made = error instanceof jetStream.JetStreamApiError &&
      await findStream(manager, jetStream, options);
    if (made) return made;
    throw error;
  }
}

function isApiError(error: unknown, { JetStreamApiError }: JetStream, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
