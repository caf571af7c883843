import { assertEquals } from "@std/assert";
import { crowdedOut, networkOf } from "../../src/flood/crowd.ts";

Deno.test("networkOf() is an IPv4 address, or the /64 network of an IPv6 one", () => {
  const table: [host: string, network: string][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::6", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["2001:db8::", "2001:db8:0:0"],
    ["fe80::1:2:3:4", "fe80:0:0:0"],
    ["1:2::3:4:5:6:7", "1:2:0:3"],
    ["::1", "0:0:0:0"],
    ["::", "0:0:0:0"],
  ];
  for (const [host, network] of table) assertEquals(networkOf(host), network, host);
});

Deno.test("crowdedOut() is the oldest of the network that has the most", () => {
  const table: [networks: string, member: number | undefined][] = [
    ["", undefined],
    ["a", 0],
    ["ab", 0],
    ["abb", 1],
    ["abcbcb", 1],
    ["aabb", 0],
    ["bbaaab", 0],
    ["bbaaaa", 2],
  ];
  for (const [networks, member] of table) {
    assertEquals(crowdedOut(new Map([...networks].map((it, i) => [i, it]))), member, networks);
  }
});
