// The layers of src/ as a rule that can be checked: who may import whom, and which folders leave the
// machine alone. Reads sources as text, which is enough for imports and the names of globals.

/** What each folder of src/ may import from besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  protocol: ["base"],
  store: ["base", "protocol"],
  flood: ["base", "protocol", "store"],
  backbone: ["base", "protocol", "store"],
  places: ["base", "protocol"],
  topology: ["base", "protocol", "store", "flood", "backbone", "places"],
  server: ["base", "protocol", "store", "flood", "backbone", "places"],
  http: ["base", "protocol", "store", "flood", "backbone", "places", "server", "topology"],
  cli: ["base", "protocol", "store", "flood", "backbone", "places", "server", "topology", "http"],
  client: [],
  std: [],
};

/**
 * What each room of a folder may import from the other rooms of that folder. The files beside the rooms
 * are open to all of them, and use them all.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "backbone/nats": [],
  "cli/certs": ["command"],
  "cli/client": ["command", "status"],
  "cli/command": [],
  "cli/commands": [
    "certs",
    "client",
    "command",
    "logging",
    "process",
    "server",
    "status",
    "token",
    "transfer",
  ],
  "cli/logging": [],
  "cli/process": ["command"],
  "cli/server": ["certs", "command", "logging", "process"],
  "cli/status": ["command"],
  "cli/token": [],
  "cli/transfer": ["command"],
  "http/api": ["tokens", "wire"],
  "http/dashboard": ["api", "sockets", "towns"],
  "http/metrics": ["api"],
  "http/origins": ["wire"],
  "http/phones": ["api", "tokens", "wire"],
  "http/sockets": ["api", "tokens", "wire"],
  "http/tokens": ["api", "sockets", "wire"],
  "http/towns": [],
  "http/wire": [],
  "places/file": [],
  "places/gazetteer": [],
  "places/google": ["upstream"],
  "places/overpass": ["upstream"],
  "places/upstream": [],
  "server/clients": ["records", "tokens", "turns"],
  "server/disk": [],
  "server/links": ["tls", "turns"],
  "server/readers": ["turns"],
  "server/records": ["disk"],
  "server/tls": [],
  "server/tokens": [],
  "server/turns": [],
  "std/cli": [],
  "std/log": [],
};

/** Rooms that one file alone may import from. */
const HAS_ONE_USER: Readonly<Record<string, string>> = {
  "cli/commands": "src/cli/commands.ts",
};

/** Clocks, timers, randomness and the network, which these folders are handed. */
const MACHINE =
  /\b(Deno|Date\.now|new Date\(\)|Temporal\.Now|performance|setTimeout|setInterval|Math\.random|crypto\.(?:getRandomValues|randomUUID)|fetch|WebSocket|Worker)\b/g;

/** Timers and the steady clock: all waits are on a `Clock` that is passed in. */
const TIMERS = /\b(performance|setTimeout|setInterval)\b/g;

/**
 * What may have timers: the clock itself, the disk's own thread, the browser, the client that runs
 * elsewhere, places, whose library has its own, and timers that keep no process alive.
 */
const OWN_TIMERS = [
  "src/server/system.ts",
  "src/server/disk/sqlite_worker.js",
  "src/http/dashboard/",
  "src/client/waits.ts",
  "src/places/upstream/guard.ts",
  "src/cli/logging/log_buffer.ts",
  "src/cli/process/",
];

/** What belongs to the process as a whole. */
const PROCESS = /\bDeno\.(args|exit|exitCode|env|addSignalListener|removeSignalListener)\b/g;

/** Folders that may not touch the machine. */
const PURE = ["base", "protocol", "store", "flood", "backbone"];

/** Folders that may touch the process. */
const OWN_PROCESS = ["cli", "main.ts"];

/** The problems of one file, given its path from the project's root and its text. */
export function layerProblems(path: string, text: string): string[] {
  const folder = folderOf(path);
  const problems: string[] = [];
  for (const specifier of importsOf(text)) {
    const problem = importProblem(path, folder, specifier);
    if (problem) problems.push(`${path} imports '${specifier}': ${problem}`);
  }
  const code = withoutTexts(text);
  if (PURE.includes(folder)) {
    for (const [name] of code.matchAll(MACHINE)) {
      problems.push(`${path} uses '${name}': ${folder} is handed clocks, chance and sockets`);
    }
  } else if (!OWN_TIMERS.some((it) => path.startsWith(it))) {
    for (const [name] of code.matchAll(TIMERS)) {
      problems.push(`${path} uses '${name}': waits are on the clock that is passed in`);
    }
  }
  if (!OWN_PROCESS.includes(folder) && folder !== "std") {
    for (const [name] of code.matchAll(PROCESS)) {
      problems.push(`${path} uses '${name}': only cli and main.ts speak for the process`);
    }
  }
  return problems;
}

function importProblem(path: string, folder: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) {
    if (folder === "std") return undefined;
    return /^(npm|jsr|https?):/.test(specifier) ? "packages are named in deno.json" : undefined;
  }
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  const targetFolder = folderOf(target);
  const [room, targetRoom] = [roomOf(path), roomOf(target)];
  const user = HAS_ONE_USER[targetRoom ?? ""];
  if (user !== undefined && room !== targetRoom && path !== user) {
    return `only ${user} imports from ${targetRoom}`;
  }
  if (targetFolder === folder) return roomProblem(room, targetRoom);
  if (target === "deno.json") return undefined;
  if (folder === "main.ts") {
    return targetFolder === "cli" ? undefined : "main.ts only starts the command line";
  }
  if (MAY_IMPORT[folder]?.includes(targetFolder)) return undefined;
  return `${folder} may import from ${MAY_IMPORT[folder]?.join(", ") || "no other folder"}`;
}

/** For imports within a folder: a room imports what `ROOMS` says. */
function roomProblem(room: string | undefined, target: string | undefined): string | undefined {
  if (room === undefined || target === undefined || room === target) return undefined;
  const rooms = ROOMS[room];
  if (rooms === undefined) return `the rule for the room ${room} is missing`;
  if (rooms.some((it) => target.endsWith(`/${it}`))) return undefined;
  return `${room} may import from ${rooms.join(", ") || "no other room"}`;
}

/** `server/disk` of `src/server/disk/backup.ts` and of all below; undefined for a file beside the rooms. */
function roomOf(path: string): string | undefined {
  const [first, folder, room, ...rest] = path.split("/");
  return first === "src" && rest.length > 0 ? `${folder}/${room}` : undefined;
}

/** `protocol` of `src/protocol/bytes.ts`; the file's own name outside src/. */
function folderOf(path: string): string {
  const [first, second] = path.split("/");
  return first === "src" ? second! : first!;
}

/** Comments and texts, of which a template may span lines. */
const COMMENT_OR_TEXT =
  /\/\*[^]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[^])*`/g;

function withoutComments(text: string): string {
  return text.replace(COMMENT_OR_TEXT, (it) => it.startsWith("/") ? " " : it);
}

function withoutTexts(text: string): string {
  return text.replace(COMMENT_OR_TEXT, (it) => it.startsWith("`") ? insertions(it) : " ");
}

/** What a template inserts is code. */
function insertions(template: string): string {
  return [...template.matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => code).join(" ");
}

/** The specifiers that a file imports, types and workers included, and types in JSDoc's way. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text);
  const forms = /\b(?:from|import)\s*\(?\s*"([^"]+)"|\bnew URL\(\s*"([^"]+)",\s*import\.meta\.url/g;
  return [
    ...[...code.matchAll(forms)].map(([, imported, url]) => (imported ?? url)!),
    ...[...text.matchAll(/\{import\("([^"]+)"\)/g)].map(([, imported]) => imported!),
  ];
}
