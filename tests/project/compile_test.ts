// `deno task compile` makes a binary, and what is in it. Deno's runtime stub, which it would download,
// is another program here: `deno compile` puts the same into any.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { testWith } from "../support/test.ts";
import { temporaryFolder } from "../support/files/temporary.ts";

const STUB = "/bin/true";
const test = testWith("linux", "disk", "processes");

/** The npm packages that a binary needs: those of src, and what they need themselves. */
const EMBEDDED = [
  "@nats-io/jetstream",
  "@nats-io/nats-core",
  "@nats-io/nkeys",
  "@nats-io/nuid",
  "@opentelemetry/api",
  "@peculiar/asn1-asym-key",
  "@peculiar/asn1-cms",
  "@peculiar/asn1-csr",
  "@peculiar/asn1-ecc",
  "@peculiar/asn1-pfx",
  "@peculiar/asn1-pkcs8",
  "@peculiar/asn1-pkcs9",
  "@peculiar/asn1-rsa",
  "@peculiar/asn1-schema",
  "@peculiar/asn1-x509",
  "@peculiar/asn1-x509-attr",
  "@peculiar/asn1-x509-post-quantum",
  "@peculiar/utils",
  "@peculiar/x509",
  "@valibot/to-json-schema",
  "asn1js",
  "cockatiel",
  "csv-parse",
  "deno-std",
  "geokdbush",
  "jose",
  "kdbush",
  "pvtsutils",
  "pvutils",
  "reflect-metadata",
  "tinyqueue",
  "tslib",
  "tsyringe",
  "tweetnacl",
  "valibot",
  "world-atlas",
];

test("the task 'compile' makes a binary with what a server needs, and nothing else", async () => {
  using folder = temporaryFolder();
  const { success, text } = await compile(folder.path, STUB);
  assert(success, text);
  const [stub, binary] = await Promise.all([Deno.stat(STUB), Deno.stat(`${folder.path}/herd`)]);
  assert(binary.size > stub.size + 5_000_000, `${binary.size} bytes`);

  const paths = embeddedPaths(text);
  const ours = paths.filter((it) => !it.startsWith(".deno_compile_node_modules"));
  assertEquals(
    new Set(ours.map((it) => it.split("/")[0])),
    new Set(["deno.json", "main.ts", "src"]),
  );
  for (const folder of ["server", "places/gazetteer", "http/dashboard"]) {
    assert(ours.some((it) => it.startsWith(`src/${folder}`)), folder);
  }
  const packages = paths.flatMap((it) => {
    const [, name] = /^\.deno_compile_node_modules\/[^/]+\/(@[^/]+\/[^/]+|[^@/][^/]*)/.exec(it) ??
      [];
    return name === undefined ? [] : [name];
  });
  assertEquals([...new Set(packages)], EMBEDDED);
});

test("the task 'compile' fails with the reason, and nothing after it", async () => {
  using folder = temporaryFolder();
  const missing = `${folder.path}/no-stub`;
  const { success, text } = await compile(folder.path, missing);
  assertEquals(success, false);
  assertMatch(text, new RegExp(`Could not find denort at '${missing}'[^]*No such file`));
  await assertRejects(() => Deno.stat(`${folder.path}/herd`), Deno.errors.NotFound);
});

/** Runs the task's command with another folder in place of `dist`. */
async function compile(folder: string, stub: string): Promise<{ success: boolean; text: string }> {
  const command = project.tasks.compile.command
    .replaceAll("$(pwd)/dist", folder).replaceAll(/\bdist\b/g, folder);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--eval", command],
    cwd: new URL("../../", import.meta.url),
    env: { DENORT_BIN: stub, NO_COLOR: "1" },
  }).output();
  return { success, text: new TextDecoder().decode(stderr) };
}

/** The paths in the tree that `deno compile` prints, in its order. */
function embeddedPaths(text: string): string[] {
  const parents: string[] = [];
  return [...text.matchAll(/^((?:[│ ] )*)[├└]─[─┬] (\S+)/gm)].map(([, indent, name]) => {
    parents.length = indent!.length / 2;
    parents.push(name!);
    return parents.join("/");
  });
}
