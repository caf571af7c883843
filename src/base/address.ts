// Host names, IP addresses and ports as texts.

/** `host:port` as Deno's permissions and people write it: IPv6 in brackets. */
export function formatAddress(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Whether the text is an IP address (IPv6 without brackets or zone) or a host name (RFC 1123). */
export function isHost(text: string): boolean {
  if (text.includes(":")) return canonicalIpv6(text) !== undefined;
  // What ends in a number can only be meant as an address.
  if (/(^|\.)\d+$/.test(text)) return isIpv4(text);
  return text.length <= 253 &&
    text.split(".").every((label) =>
      /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label)
    );
}

/** Whether the host only takes connections from its own machine. */
export function isLoopbackHost(host: string): boolean {
  const canonical = canonicalHost(host);
  return canonical === "::1" || isIpv4(canonical) && canonical.startsWith("127.");
}

/** Whether the host means all addresses of a machine: good to listen on, not to dial. */
export function isWildcardHost(host: string): boolean {
  return ["0.0.0.0", "::"].includes(canonicalHost(host));
}

/** The same text for hosts that are the same: lower case, short IPv6, `localhost` as 127.0.0.1. */
export function canonicalHost(host: string): string {
  if (host.includes(":")) return canonicalIpv6(host) ?? host;
  const name = host.toLowerCase();
  return name === "localhost" ? "127.0.0.1" : name;
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function canonicalIpv6(text: string): string | undefined {
  // The URL standard's host parser is a strict one, and prints the form of RFC 5952.
  const url = /^[\da-fA-F:.]+$/.test(text) ? URL.parse(`http://[${text}]`) : null;
  return url?.hostname.slice(1, -1);
}
