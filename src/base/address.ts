// Host names, IP addresses and ports as texts. An address has many spellings, and sockets, URLs and
// people each use their own: all comparisons here are of one spelling.

/**
 * `host:port` as Deno's permissions, URLs and people write it: IPv6 in brackets, which `host` may
 * have already.
 */
export function formatAddress(host: string, port: number): string {
  return `${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
}

/** The host of what `formatAddress` made; IPv6 in brackets. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":"));
}

/** True for an IP address, IPv6 without brackets or zone, and for a host name (RFC 1123). */
export function isHost(text: string): boolean {
  if (text.includes(":")) return isIp(text);
  // What ends in a number can only be meant as an address.
  if (/(^|\.)\d+$/.test(text)) return isIpv4(text);
  return text.length <= 253 &&
    text.split(".").every((label) =>
      /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label)
    );
}

/** True for an IP address; IPv6 without brackets or zone. */
export function isIp(text: string): boolean {
  return !/[[%]/.test(text) && canonicalIp(text) !== undefined;
}

/** True if only this machine can reach the host: 127.0.0.0/8, ::1 or `localhost`. */
export function isLoopbackHost(host: string): boolean {
  const canonical = withoutZone(canonicalHost(host));
  return canonical === "::1" || isIpv4(canonical) && canonical.startsWith("127.");
}

/** True if the host means all addresses of a machine: good to listen on, not to dial. */
export function isWildcardHost(host: string): boolean {
  return ["0.0.0.0", "::"].includes(withoutZone(canonicalHost(host)));
}

/**
 * The same text for hosts that are the same: an IP address as `canonicalIp` has it; a name in
 * lower case, without a dot behind it, and `localhost` as 127.0.0.1.
 */
export function canonicalHost(host: string): string {
  const name = host.toLowerCase().replace(/\.$/, "");
  return canonicalIp(host) ?? (name === "localhost" ? "127.0.0.1" : name);
}

/**
 * The one spelling of an IP address: IPv4, also as it is mapped into IPv6 (RFC 4291, section
 * 2.5.5.2), as `a.b.c.d`; other IPv6 as in RFC 5952, without brackets, with its zone. Undefined for
 * all that is no IP address.
 */
export function canonicalIp(text: string): string | undefined {
  if (isIpv4(text)) return text;
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const [, address, zone = ""] = /^([\da-fA-F.]*:[\da-fA-F:.]*)(%[\w.-]+)?$/.exec(bare) ?? [];
  if (address === undefined) return undefined;
  // The URL standard's host parser is a strict one, and prints the form of RFC 5952.
  const ipv6 = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1);
  return ipv6 === undefined ? undefined : ipv4Of(ipv6) ?? ipv6 + zone;
}

/**
 * The text by which an address counts as one when strangers are counted: an IPv4 address, or the /64 network of an
 * IPv6 one, of which a single machine has as many addresses as it likes.
 */
export function networkOf(host: string): string {
  const canonical = canonicalHost(host);
  if (!canonical.includes(":")) return canonical;
  const [left = "", right] = withoutZone(canonical).split("::");
  const groups = left === "" ? [] : left.split(":");
  if (right !== undefined) {
    const rest = right === "" ? [] : right.split(":");
    while (groups.length + rest.length < 8) groups.push("0");
    groups.push(...rest);
  }
  return groups.slice(0, 4).join(":");
}

function withoutZone(ip: string): string {
  return ip.replace(/%.*/, "");
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** The IPv4 address that is mapped into a canonical IPv6 one. */
function ipv4Of(ipv6: string): string | undefined {
  const [, high, low] = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(ipv6) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return [high, low].map((it) => parseInt(it, 16)).map((it) => `${it >> 8}.${it & 255}`).join(".");
}
