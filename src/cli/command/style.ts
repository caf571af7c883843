// Terminal styles, used only where the output welcomes them (ECMA-48 "Select Graphic Rendition").

import type { Output } from "./context.ts";

/** Text in bold. */
export const bold = style(1, 22);
/** Text that steps back. */
export const dim = style(2, 22);
/** Text in red. */
export const red = style(31, 39);
/** Text in green. */
export const green = style(32, 39);
/** Text in yellow. */
export const yellow = style(33, 39);
/** Text in cyan. */
export const cyan = style(36, 39);

function style(on: number, off: number): (text: string, output: Pick<Output, "colour">) => string {
  return (text, { colour }) => colour ? `\x1b[${on}m${text}\x1b[${off}m` : text;
}
