// `herd certs`: a private CA for the herd, and a certificate for each server.

import { ConfigError } from "../../base/errors.ts";
import { tlsPaths } from "../../topology/tls_paths.ts";
import { CERTS_FOLDER, readTopology, type Topology } from "../../topology/topology.ts";
import type { Identity } from "../certs/certificate_authority.ts";
import { DAY_MS } from "../../server/tls/own_credentials.ts";
import { command } from "../command/definition.ts";
import type { Context } from "../command/context.ts";
import { Failure } from "../command/errors.ts";
import { TOPOLOGY_OPTION } from "../command/topology_option.ts";

/** Time for which the CA lives, in days: a new one means new certificates for all at once. */
const AUTHORITY_DAYS = 3_650;

/** Certificates are good from a little before now: the clock that looks at them may be behind. */
const BACKDATED_MS = 3_600_000;

/** `herd certs`. */
export default command({
  name: "certs",
  summary: "Make a private CA and a certificate for each server",
  details: [
    "Makes ca.pem and ca.key, unless they are there, and <name>.pem and <name>.key for each server " +
    "of the topology that has none. It never overwrites a file: so it adds certificates for new " +
    "servers, and after a server's two files were taken away, a new one for that server.",
    "The machine of a server needs ca.pem and its own two files. ca.key is needed by this command " +
    "alone: whoever has it can make certificates for any server, so keep it off the servers.",
  ],
  options: {
    topology: TOPOLOGY_OPTION,
    out: {
      kind: "string",
      placeholder: "folder",
      description: `Where the files go; left out, the topology's 'tls.certs', or ${CERTS_FOLDER}`,
    },
    days: {
      kind: "integer",
      placeholder: "n",
      min: 1,
      max: AUTHORITY_DAYS,
      default: 365,
      description: "How long the servers' certificates are good",
    },
  },
  examples: {
    "certs": "For all servers of topology.json that have none",
    "certs --out /etc/herd --days 90": "The same, elsewhere and for a shorter time",
  },
  async permissions({ topology: file, out }) {
    const folder = folderOf(await readTopology(file), out);
    return { read: [file, folder], write: [folder] };
  },
  async run({ topology: file, out, days }, context) {
    const topology = await readTopology(file);
    const folder = folderOf(topology, out);
    try {
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      const authority = await openAuthority(topology, folder, context);
      await issueAll(topology, folder, { authority, days }, context);
    } catch (error) {
      const { NotCapable, PermissionDenied } = Deno.errors;
      if (!(error instanceof NotCapable || error instanceof PermissionDenied)) throw error;
      throw new Failure(`Cannot make certificates in '${folder}': ${error.message}`);
    }
    if (topology.tls === undefined) {
      context.stdout.write(
        `Now give '${file}' a "tls": { "certs": ${JSON.stringify(folder)} } beside its "herd", ` +
          'and each server a port for links, such as "link": 14000\n',
      );
    }
    return 0;
  },
});

function folderOf({ tls }: Topology, out: string | undefined): string {
  return out ?? tls?.certs ?? CERTS_FOLDER;
}

/** The CA that is in the folder, or a new one. */
async function openAuthority(
  { herd }: Topology,
  folder: string,
  { stdout }: Context,
): Promise<Identity> {
  const paths = { certificate: `${folder}/ca.pem`, key: `${folder}/ca.key` };
  const [certificate, key] = await Promise.all([paths.certificate, paths.key].map(readIfThere));
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  if (certificate !== undefined || key !== undefined) throw halfThere(paths.certificate, paths.key);
  const { makeAuthority } = await import("../certs/certificate_authority.ts");
  const authority = await makeAuthority(`herd ${herd} CA`, validity(AUTHORITY_DAYS));
  await writePair(paths, authority);
  stdout.write(`Made ${paths.certificate} and ${paths.key}, the herd's CA\n`);
  return authority;
}

async function issueAll(
  { servers }: Topology,
  folder: string,
  { authority, days }: { readonly authority: Identity; readonly days: number },
  { stdout }: Context,
): Promise<void> {
  // Loaded only here, so that the list of commands does not wait for it.
  const { issueCertificate } = await import("../certs/certificate_authority.ts");
  for (const server of servers.values()) {
    const { cert: certificate, key } = tlsPaths(folder, server.name);
    const [hasCertificate, hasKey] = await Promise.all([certificate, key].map(isThere));
    if (hasCertificate !== hasKey) throw halfThere(certificate, key);
    if (hasCertificate) {
      stdout.write(`Kept ${certificate}\n`);
      continue;
    }
    await writePair(
      { certificate, key },
      await issueCertificate(authority, server, validity(days)),
    );
    stdout.write(`Made ${certificate} and ${key}, for ${server.name} at ${server.host}\n`);
  }
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const nowMs = Date.now();
  return { notBefore: new Date(nowMs - BACKDATED_MS), notAfter: new Date(nowMs + days * DAY_MS) };
}

/** The key goes first: a certificate that is there has its key. */
async function writePair(paths: Identity, identity: Identity): Promise<void> {
  await Deno.writeTextFile(paths.key, identity.key, { createNew: true, mode: 0o600 });
  await Deno.writeTextFile(paths.certificate, identity.certificate, {
    createNew: true,
    mode: 0o644,
  });
}

function halfThere(certificate: string, key: string): ConfigError {
  return new ConfigError(
    `Cannot go on with only one of '${certificate}' and '${key}': ` +
      "put the other one beside it, or take both away",
  );
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await readIfThere(path) !== undefined;
}
