// Fairness among strangers who have proved nothing yet: which of them has to make room. Knows
// addresses as texts, as a socket gives them.

/**
 * What counts as one address: an IPv4 address, or the /64 network of an IPv6 one, of which a single
 * machine has as many addresses as it likes. `host` is as `Deno.NetAddr` has it.
 */
export function networkOf(host: string): string {
  if (!host.includes(":")) return host;
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(host);
  if (mapped) return mapped[1]!;
  const [left = "", right] = host.split("::");
  const groups = left === "" ? [] : left.split(":");
  if (right !== undefined) {
    const rest = right === "" ? [] : right.split(":");
    while (groups.length + rest.length < 8) groups.push("0");
    groups.push(...rest);
  }
  return groups.slice(0, 4).join(":");
}

/**
 * Of members in the order in which they came, with the network of each: the oldest of the network
 * that has the most. So a crowd from one place only crowds out itself, and a member that goes on
 * within a moment, as a neighbour does, is not the oldest.
 */
export function crowdedOut<Member>(members: ReadonlyMap<Member, string>): Member | undefined {
  const counts = new Map<string, number>();
  let most = 0;
  for (const network of members.values()) {
    const count = (counts.get(network) ?? 0) + 1;
    counts.set(network, count);
    most = Math.max(most, count);
  }
  for (const [member, network] of members) if (counts.get(network) === most) return member;
  return undefined;
}
