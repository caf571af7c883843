// Types of the colours of @std/fmt that are used here.

/** Makes a text blue. */
export function blue(str: string): string;
/** Makes a text bold. */
export function bold(str: string): string;
/** Makes a text red. */
export function red(str: string): string;
/** Makes a text yellow. */
export function yellow(str: string): string;
