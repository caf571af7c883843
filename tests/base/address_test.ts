import { assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { isIP } from "node:net";
import {
  canonicalHost,
  canonicalIp,
  formatAddress,
  hostOf,
  isHost,
  isIp,
  isLoopbackHost,
  isWildcardHost,
  networkOf,
} from "../../src/base/address.ts";

Deno.test("canonicalHost() is one text for all spellings of a host", () => {
  const table: [canonical: string, ...spellings: string[]][] = [
    [
      "127.0.0.1",
      "127.0.0.1",
      "localhost",
      "LocalHost",
      "localhost.",
      "::ffff:127.0.0.1",
      "::FFFF:7F00:1",
      "[::ffff:127.0.0.1]",
      "0:0:0:0:0:ffff:7f00:0001",
      "::ffff:127.0.0.1%lo",
    ],
    ["::1", "::1", "[::1]", "0:0:0:0:0:0:0:1", "0000::0001", "::0.0.0.1"],
    ["2001:db8::1", "2001:DB8:0:0::1", "2001:0db8::0:1", "[2001:db8:0:0:0:0:0:1]"],
    ["1:0:0:2::", "1::2:0:0:0:0", "1:0:0:2::"],
    ["fe80::1%eth0", "fe80::1%eth0", "[FE80::0:1%eth0]"],
    ["fe80::1%eth1", "fe80::1%eth1"],
    ["0.0.0.0", "0.0.0.0", "::ffff:0:0"],
    ["::", "::", "[::]", "0::0"],
    // Mapped is not what looks like it: compatible (RFC 4291) and translated (RFC 6052) addresses.
    ["::7f00:1", "::127.0.0.1"],
    ["64:ff9b::7f00:1", "64:ff9b::127.0.0.1"],
    ["herd.example", "Herd.Example", "herd.example."],
    ["localhost.example", "localhost.example"],
  ];
  for (const [canonical, ...spellings] of table) {
    for (const it of spellings) assertEquals(canonicalHost(it), canonical, it);
  }
});

Deno.test("canonicalIp() takes nothing but addresses", () => {
  const texts = [
    "",
    ":",
    "127.1",
    "127.0.0.01",
    "256.0.0.1",
    "1.2.3.4.5",
    "[127.0.0.1]",
    "[::1",
    "::1]",
    "[[::1]]",
    "1:2:3",
    "1::2::3",
    "1:2:3:4:5:6:7:8:9",
    "12345::",
    "::1%",
    "::1%a b",
    "::1/64",
    "::1]:80@[::2",
    "localhost",
    "face",
  ];
  for (const text of texts) assertEquals(canonicalIp(text), undefined, `'${text}'`);
});

Deno.test("canonicalIp() agrees with Node on what is an address, and is a spelling of itself", () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[\da-f:.]{0,20}$/));
  fc.assert(fc.property(address, (text) => {
    const canonical = canonicalIp(text);
    assertEquals(canonical !== undefined, isIP(text) !== 0, text);
    if (canonical !== undefined) assertEquals(canonicalIp(canonical), canonical, text);
  }));
});

Deno.test("canonicalIp() is the same however the groups of an address are written", () => {
  const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  });
  fc.assert(fc.property(groups, fc.nat(7), fc.nat(7), (groups, from, zeros) => {
    const hex = groups.map((it) => it.toString(16));
    const full = hex.map((it) => it.padStart(4, "0").toUpperCase()).join(":");
    const dotted = `${hex.slice(0, 6).join(":")}:` +
      groups.slice(6).map((it) => `${it >> 8}.${it & 255}`).join(".");
    for (const text of [full, dotted, `[${full}]`]) {
      assertEquals(canonicalIp(text), canonicalIp(hex.join(":")), text);
    }
    // Zeros shortened where they are, not only where the canonical form shortens them.
    const to = Math.min(8, from + zeros + 1);
    const zeroed = hex.map((it, i) => i >= from && i < to ? "0" : it);
    const short = `${zeroed.slice(0, from).join(":")}::${zeroed.slice(to).join(":")}`;
    assertEquals(canonicalIp(short), canonicalIp(zeroed.join(":")), short);
  }));
});

Deno.test("isLoopbackHost() knows this machine in every spelling, and nobody else", () => {
  const table: [isLoopback: boolean, ...hosts: string[]][] = [
    [true, "127.0.0.1", "127.255.255.254", "localhost", "LOCALHOST", "::1", "[::1]", "::1%lo"],
    [true, "::ffff:127.0.0.1", "[::ffff:7f00:1]", "0:0:0:0:0:0:0:1"],
    [false, "0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "::2", "fe80::1", "::ffff:10.0.0.1"],
    [false, "::127.0.0.1", "127.0.0.1.example", "localhost.example", "127.1", "", "[", "1::"],
  ];
  for (const [isLoopback, ...hosts] of table) {
    for (const host of hosts) assertEquals(isLoopbackHost(host), isLoopback, `'${host}'`);
  }
});

Deno.test("isWildcardHost() knows all addresses of a machine in every spelling", () => {
  const table: [isWildcard: boolean, ...hosts: string[]][] = [
    [true, "0.0.0.0", "::", "[::]", "0:0::0", "::ffff:0.0.0.0", "::0.0.0.0"],
    [false, "127.0.0.1", "::1", "0.0.0.1", "localhost", ""],
  ];
  for (const [isWildcard, ...hosts] of table) {
    for (const host of hosts) assertEquals(isWildcardHost(host), isWildcard, `'${host}'`);
  }
});

Deno.test("isHost() and isIp() take no brackets and no zone", () => {
  const table: [text: string, isHost: boolean, isIp: boolean][] = [
    ["herd.example", true, false],
    ["localhost", true, false],
    ["127.0.0.1", true, true],
    ["2001:db8::1", true, true],
    ["::ffff:127.0.0.1", true, true],
    ["[::1]", false, false],
    ["fe80::1%eth0", false, false],
    ["1.2.3", false, false],
    ["herd.1", false, false],
    ["a b", false, false],
    ["", false, false],
    [`${"a".repeat(63)}.b`, true, false],
    [`${"a".repeat(64)}.b`, false, false],
  ];
  for (const [text, host, ip] of table) {
    assertEquals({ isHost: isHost(text), isIp: isIp(text) }, { isHost: host, isIp: ip }, text);
  }
});

Deno.test("networkOf() is an IPv4 address, or the /64 network of an IPv6 one", () => {
  const table: [network: string, ...hosts: string[]][] = [
    ["192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1", "[::ffff:c000:201]", "::FFFF:c000:0201"],
    ["2001:db8:1:2", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::6", "[2001:0DB8:0001:2::6]"],
    ["2001:db8:0:0", "2001:db8::1", "2001:db8::", "2001:db8:0::5"],
    ["fe80:0:0:0", "fe80::1:2:3:4", "fe80::1%eth0", "[fe80::1%2]"],
    ["1:2:0:3", "1:2::3:4:5:6:7", "1:2:0:3:4:5:6:7"],
    ["0:0:0:0", "::1", "::", "[::1]"],
  ];
  for (const [network, ...hosts] of table) {
    for (const host of hosts) assertEquals(networkOf(host), network, host);
  }
});

Deno.test("formatAddress() puts IPv6 in brackets once, and hostOf() finds the host again", () => {
  const table: [host: string, address: string][] = [
    ["127.0.0.1", "127.0.0.1:80"],
    ["herd.example", "herd.example:80"],
    ["::1", "[::1]:80"],
    ["[::1]", "[::1]:80"],
    ["fe80::1%eth0", "[fe80::1%eth0]:80"],
  ];
  for (const [host, address] of table) {
    assertEquals(formatAddress(host, 80), address);
    assertEquals(canonicalHost(hostOf(address)), canonicalHost(host));
  }
});
