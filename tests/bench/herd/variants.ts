// The ways to run a herd that cost something, measured beside the one that costs least.

/** A way to start servers. */
export interface Variant {
  readonly label: string;
  /** Options of `herd server`. */
  readonly args: readonly string[];
  /** The herd's secret: links prove who they are, and each batch too. */
  readonly secret?: string;
  /** True if links are over TLS. */
  readonly hasTls?: boolean;
}

const IN_MEMORY = ["--durability", "none"];

/** In memory and in the clear: the one that targets are for. */
export const PLAIN: Variant = { label: "in memory", args: IN_MEMORY };

/** As `herd server` starts when nothing is said. */
export const DURABLE: Variant = { label: "durable (relaxed)", args: ["--durability", "relaxed"] };

/** What a herd beyond loopback needs. */
export const SECRET: Variant = {
  label: "with a secret",
  args: IN_MEMORY,
  secret: "a-secret-of-thirty-two-bytes-at-least",
};

/** Links with certificates. */
export const TLS: Variant = { label: "with TLS", args: IN_MEMORY, hasTls: true };
