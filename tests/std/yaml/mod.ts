// Stands in for the standard library's `@std/yaml` where its registry is out of reach.

// @ts-types="./mod.d.ts"
export { parse } from "npm:deno-std@1.4.0/yaml/parse.js";
