// `herd unit`: a systemd unit that runs one server with its own permissions and little else.

import { permissionsFor, toFlags } from "../../topology/permissions.ts";
import { readTopology } from "../../topology/topology.ts";
import { argumentsOf } from "../command/arguments.ts";
import { command } from "../command/definition.ts";
import { SERVER_OPTIONS } from "../server/server_options.ts";

/** The folder of a server's data; systemd makes it. */
const STATE_FOLDER = "/var/lib/herd";

/** Folders that systemd makes for a unit below one of its own, with the setting that says so. */
const OWN_FOLDERS = { StateDirectory: "/var/lib/", LogsDirectory: "/var/log/" } as const;

/** Folders that `ProtectHome=yes` makes empty for a unit. */
const HIDDEN = ["/home/", "/root/", "/run/user/"];

/** `herd unit <name>`. */
export default command({
  name: "unit",
  summary: "Print a systemd unit for a server",
  details: [
    "Prints a unit that starts the server with the permissions of 'herd flags', as a user of its " +
    "own that systemd makes up, sees a read-only system, keeps its data below " +
    `${STATE_FOLDER}, and starts again however it ended, but not after an error of configuration. ` +
    "Give the options that the server is to be given.",
    "HERD_SECRET, HERD_API_TOKEN, HERD_TOKEN_KEY and HERD_NATS_CREDENTIALS belong into /etc/herd/environment, " +
    "readable by root alone. What the unit cannot reach as it is, is said on standard error.",
  ],
  positionals: { name: { description: "The server" } },
  options: {
    ...SERVER_OPTIONS,
    folder: {
      kind: "string",
      placeholder: "folder",
      default: "/opt/herd",
      description: "Where the program and its topology are installed",
    },
  },
  examples: { "unit Goloman > /etc/systemd/system/herd-goloman.service": "Install it" },
  async run({ name, folder, ...options }, { stdout, stderr }) {
    const topology = await readTopology(options.topology);
    const dataDir = options.durability === "none"
      ? undefined
      : options.dataDir ?? `${STATE_FOLDER}/${name}`;
    const given = { ...options, dataDir };
    const permissions = permissionsFor(topology, name, { ...given, topologyFile: given.topology });
    const program = Deno.build.standalone ? [Deno.execPath()] : [
      Deno.execPath(),
      ...["run", "--quiet", "--no-prompt", "--cached-only"],
      ...toFlags(permissions),
      "main.ts",
    ];
    const written = permissions.write.map((path) => absolute(folder, path));
    for (const path of [Deno.execPath(), folder, ...permissions.read]) {
      if (!HIDDEN.some((it) => `${absolute(folder, path)}/`.startsWith(it))) continue;
      stderr.write(
        `Warning: the unit cannot see '${path}', since ProtectHome=yes hides ${
          HIDDEN.join(", ")
        }. ` +
          "Install it elsewhere, such as in /usr/local/bin or /opt\n",
      );
    }
    for (const path of written.filter((it) => ownFolder(it) === undefined)) {
      stderr.write(
        `Warning: '${path}' is not in a folder below /var/lib or /var/log that systemd makes for the ` +
          "unit's user. Its folder has to be there, and writable by the user 'herd'\n",
      );
    }
    stdout.write(unit({
      name,
      herd: topology.herd,
      folder,
      written,
      isReloaded: options.logFile !== undefined,
      command: [...program, "server", name, ...argumentsOf(SERVER_OPTIONS, given)],
    }));
    return 0;
  },
});

function absolute(folder: string, path: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}

/** The setting and its value by which systemd makes the folder of a path, if it can. */
function ownFolder(path: string): string | undefined {
  for (const [setting, root] of Object.entries(OWN_FOLDERS)) {
    if (!path.startsWith(root)) continue;
    const isFolder = setting === "StateDirectory";
    const below = path.slice(root.length);
    const folder = isFolder ? below : below.slice(0, Math.max(0, below.lastIndexOf("/")));
    if (folder !== "") return `${setting}=${quoted(folder)}`;
  }
  return undefined;
}

interface UnitOptions {
  readonly name: string;
  readonly herd: string;
  readonly folder: string;
  /** Absolute paths of what the server writes. */
  readonly written: readonly string[];
  /** True if the server opens its log file anew at SIGHUP. */
  readonly isReloaded: boolean;
  readonly command: readonly string[];
}

/** The unit's text. What each setting does: systemd.exec(5), systemd.service(5). */
function unit({ name, herd, folder, written, isReloaded, command }: UnitOptions): string {
  const owned = new Set(written.map(ownFolder).filter((it) => it !== undefined));
  const others = new Set(
    written.filter((it) => ownFolder(it) === undefined).map((it) =>
      it.replace(/\/[^/]*$/, "") || "/"
    ),
  );
  const folders = [
    others.size === 0 ? "DynamicUser=yes" : "User=herd",
    ...owned,
    ...[...others].map((it) => `ReadWritePaths=${quoted(it)}`),
  ];
  return `[Unit]
Description=Server ${name} of herd ${herd}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
WorkingDirectory=${folder}
ExecStart=${command.map(quoted).join(" \\\n  ")}
${isReloaded ? "ExecReload=/bin/kill -HUP $MAINPID\n" : ""}EnvironmentFile=-/etc/herd/environment
# The program runs from this cache alone. To fill it, once and after each update, in this folder:
#   DENO_DIR=${folder}/.deno deno install --frozen --entrypoint main.ts
Environment=NO_COLOR=1 DENO_DIR=${folder}/.deno DENO_NO_UPDATE_CHECK=1
# A server that ended by itself, by a signal too, starts again.
Restart=always
RestartSec=1
# Status 2 is an error of configuration: starting again would not mend it.
RestartPreventExitStatus=2
# A stop answers what is in hand and saves what is not on the disk yet.
KillSignal=SIGTERM
TimeoutStopSec=20
LimitNOFILE=65536

${folders.join("\n")}
UMask=0077
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
