// Stands in for jsr:@std/log 0.224, frozen and retired upstream in September 2025, where JSR cannot
// be reached: the part of its API that is used here. What passes here passes with the original.

export * from "./base_handler.ts";
export * from "./levels.ts";
// A type alone, as in the original, where its class has another path.
export type { LogRecord, LogRecordOptions } from "./log_record.ts";
export * from "./logger.ts";
export * from "./setup.ts";
