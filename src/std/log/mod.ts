// Stands in for jsr:@std/log 0.224, frozen and retired upstream in September 2025, where JSR cannot
// be reached: the part of its API that is used here, over LogTape.

export * from "./base_handler.ts";
export * from "./console_handler.ts";
export * from "./file_handler.ts";
export * from "./levels.ts";
export * from "./logger.ts";
export * from "./rotating_file_handler.ts";
export * from "./setup.ts";
