// Stands in for jsr:@std/cli where JSR cannot be reached: the same code, published on npm without
// types. Left out is `unicodeWidth`, whose table the npm publication lacks.

export * from "./parse_args.ts";
export * from "./prompt_secret.ts";
