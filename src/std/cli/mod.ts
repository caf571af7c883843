// Stands in for jsr:@std/cli where JSR cannot be reached: of the original, what is used here.

export * from "./parse_args.ts";
