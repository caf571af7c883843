/** Parses a YAML document. */
export function parse(content: string): unknown;
