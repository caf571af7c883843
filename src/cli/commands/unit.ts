// `herd unit`: a systemd unit that runs one server with its own permissions and little else.

import { permissionsFor, toFlags } from "../../topology/permissions.ts";
import { readTopology } from "../../topology/topology.ts";
import { command } from "../command/definition.ts";
import { START_OPTIONS } from "../server/start_options.ts";

/** Where the unit keeps a server's data; systemd makes the folder. */
const STATE_FOLDER = "/var/lib/herd";

/** `herd unit <name>`. */
export default command({
  name: "unit",
  summary: "Print a systemd unit for a server",
  details: [
    "Prints a unit that starts the server with the permissions of 'herd flags', as a user of its " +
    "own that systemd makes up, sees a read-only system, keeps its data below " +
    `${STATE_FOLDER}, and starts again after a crash, but not after an error of configuration. ` +
    "Give the options that the server is to be given.",
    "HERD_SECRET, HERD_API_TOKEN and HERD_NATS_CREDENTIALS belong into /etc/herd/environment, " +
    "readable by root alone.",
  ],
  positionals: { name: { description: "The server" } },
  options: {
    ...START_OPTIONS,
    folder: {
      kind: "string",
      placeholder: "folder",
      default: "/opt/herd",
      description: "Where the program and its topology are installed",
    },
  },
  examples: { "unit Goloman > /etc/systemd/system/herd-goloman.service": "Install it" },
  async run({ name, folder, ...options }, { stdout }) {
    const topology = await readTopology(options.topology);
    const isSaving = options.durability !== "none";
    const dataDir = options.dataDir ?? `${STATE_FOLDER}/${name}`;
    const start = { ...options, dataDir, topologyFile: options.topology };
    const permissions = permissionsFor(topology, name, start);
    stdout.write(unit({
      name,
      herd: topology.herd,
      folder,
      stateDirectory: isSaving && options.dataDir === undefined ? `herd/${name}` : undefined,
      command: Deno.build.standalone ? [Deno.execPath(), "server", name] : [
        Deno.execPath(),
        "run",
        "--quiet",
        "--no-prompt",
        "--cached-only",
        ...toFlags(permissions),
        "main.ts",
        "server",
        name,
      ],
      options: [
        ["--topology", options.topology],
        ["--host", options.host],
        ["--port", options.port],
        ["--places", options.places],
        ["--secret-file", options.secretFile],
        ["--nats-credentials", options.natsCredentials],
        ["--nats-ca", options.natsCa],
        ["--durability", options.durability],
        ["--data-dir", isSaving ? dataDir : undefined],
        ["--log-file", options.logFile],
      ],
    }));
    return 0;
  },
});

interface UnitOptions {
  readonly name: string;
  readonly herd: string;
  readonly folder: string;
  readonly stateDirectory: string | undefined;
  readonly command: readonly string[];
  readonly options: readonly (readonly [option: string, value: string | number | undefined])[];
}

/** The unit's text. What each setting does: systemd.exec(5), systemd.service(5). */
function unit({ name, herd, folder, stateDirectory, command, options }: UnitOptions): string {
  const given = options.flatMap(([option, value]) => value === undefined ? [] : [option, value]);
  const words = [...command, ...given].map((it) => quoted(String(it)));
  return `[Unit]
Description=Server ${name} of herd ${herd}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
WorkingDirectory=${folder}
ExecStart=${words.join(" \\\n  ")}
EnvironmentFile=-/etc/herd/environment
Environment=NO_COLOR=1 DENO_DIR=${folder}/.deno DENO_NO_UPDATE_CHECK=1
Restart=on-failure
RestartSec=1
# Status 2 is an error of configuration: starting again would not mend it.
RestartPreventExitStatus=2
# A stop answers what is in hand and saves what is not on the disk yet.
KillSignal=SIGTERM
TimeoutStopSec=20
LimitNOFILE=65536

DynamicUser=yes
${
    stateDirectory === undefined
      ? ""
      : `StateDirectory=${stateDirectory}\nStateDirectoryMode=0700\n`
  }UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;
}

/** A word of a command line of systemd, where `%` and `$` mean something. */
function quoted(word: string): string {
  const escaped = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /[\s"'\\;]/.test(escaped)
    ? `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`
    : escaped;
}
