// The project as TypeScript's compiler sees it, for checks that need types. The compiler is given what
// Deno knows and it does not: where packages are, and the types of Deno itself.

import ts from "typescript";
import project from "../../deno.json" with { type: "json" };
import { projectRoot } from "./sources.ts";

/** A package of npm as `deno info --json` tells of it. */
interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** As `name@version`, with more behind it for peers. */
  readonly dependencies: readonly string[];
  readonly localPath: string;
}

const OPTIONS: ts.CompilerOptions = {
  allowImportingTsExtensions: true,
  lib: ["lib.esnext.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  target: ts.ScriptTarget.ESNext,
  types: [],
};

/** The types of Deno, and of timers, which it keeps elsewhere. */
const DENO_TYPES = "/deno.d.ts";
const TIMERS =
  "declare function setTimeout(callback: (...args: any[]) => void, ms?: number, ...args: any[]): number;" +
  "declare function setInterval(callback: (...args: any[]) => void, ms?: number, ...args: any[]): number;";

/** The program of these files; `planted` are texts that stand for files of these paths. */
export function createProgram(
  paths: readonly string[],
  planted: Readonly<Record<string, string>> = {},
): ts.Program {
  const texts = new Map([
    ...Object.entries(planted),
    [DENO_TYPES, deno("types").replaceAll(/^\/\/\/ <reference .*$/gm, "") + TIMERS],
  ]);
  const resolve = resolver(JSON.parse(deno("info", "--json", "main.ts")).npmPackages);
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, ...rest) => {
    const text = texts.get(name);
    return text === undefined
      ? getSourceFile(name, ...rest)
      : ts.createSourceFile(name, text, ts.ScriptTarget.ESNext);
  };
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) => {
      const resolvedFileName = resolve(text, from);
      if (resolvedFileName === undefined) return { resolvedModule: undefined };
      const [extension] = /(\.d)?\.[mc]?ts$/.exec(resolvedFileName)!;
      return { resolvedModule: { resolvedFileName, extension } };
    });
  return ts.createProgram([DENO_TYPES, ...paths, ...Object.keys(planted)], OPTIONS, host);
}

/** Finds the types of a module; undefined leaves them unknown, as those of `node:` modules. */
function resolver(packages: Readonly<Record<string, NpmPackage>>) {
  const all = Object.values(packages);
  const find = (name: string, version: string | undefined) =>
    all.find((it) => it.name === name && (version === undefined || it.version === version));
  const standard = standardLibrary();
  return (specifier: string, from: string): string | undefined => {
    if (specifier.startsWith(".")) {
      const path = new URL(specifier, `file://${from}`).pathname;
      return /\.[mc]?ts$/.test(path) ? path : typesBeside(path);
    }
    const [, name, subpath = ""] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(specifier)!;
    const importer = all.find((it) => from.startsWith(`${it.localPath}/`));
    const wanted = importer === undefined
      ? (project.imports as Record<string, string>)[name!]?.slice("npm:".length)
      : importer.dependencies.find((it) => it.startsWith(`${name}@`));
    const version = wanted && /.@([^@_/]+)/.exec(wanted)?.[1];
    const found = find(name!, version);
    return standard.get(specifier) ?? (found && typesOf(found, `.${subpath}`));
  };
}

/** The modules of the stand-ins for the standard library, by their specifiers. */
function standardLibrary(): Map<string, string> {
  return new Map(project.links.flatMap((link) => {
    const folder = new URL(`${link}/`, projectRoot);
    const { name, exports } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", folder)));
    return Object.entries<string>(typeof exports === "string" ? { ".": exports } : exports)
      .map(([subpath, file]) => [name + subpath.slice(1), new URL(file, folder).pathname] as const);
  }));
}

/** The types of a package's module by its package.json (https://nodejs.org/api/packages.html). */
function typesOf({ localPath }: NpmPackage, subpath: string): string | undefined {
  const { exports, types, typings, main = "index.js" } = JSON.parse(
    Deno.readTextFileSync(`${localPath}/package.json`),
  );
  const entry = exports?.[subpath] ?? (subpath === "." ? exports : undefined);
  const file = typesIn(entry) ?? (subpath === "." ? types ?? typings ?? main : subpath);
  return typesBeside(new URL(file, `file://${localPath}/`).pathname);
}

/** The file that an entry of `exports` names for types, or else for code. */
function typesIn(entry: unknown): string | undefined {
  if (typeof entry === "string") return entry;
  if (typeof entry !== "object" || entry === null) return undefined;
  const conditions = entry as Record<string, unknown>;
  const first = ["types", "import", "node", "default", "require"].find((it) => it in conditions);
  return first && typesIn(conditions[first]);
}

/** The file of types for a file of code, where there is one. */
function typesBeside(path: string): string | undefined {
  const candidates = [path.replace(/(\.d)?\.([mc]?)[jt]s$/, ".d.$2ts"), `${path}.d.ts`];
  return candidates.find((it) => /\.d\.[mc]?ts$/.test(it) && ts.sys.fileExists(it));
}

function deno(...args: string[]): string {
  const { stdout, success, stderr } = new Deno.Command(Deno.execPath(), { args, cwd: projectRoot })
    .outputSync();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
