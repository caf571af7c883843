// Fairness among strangers who have proved nothing yet: which of them has to make room.

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
