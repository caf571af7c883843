// Stands in for jsr:@std/cli/prompt-secret. The types are in prompt_secret.d.ts.

// @ts-types="./prompt_secret.d.ts"
export * from "npm:deno-std@1.4.0/cli/prompt_secret.js";
