// Types of @std/cli/prompt-secret 1.0, for the npm publication of it that has none.

/** How `promptSecret` shows what is typed. */
export interface PromptSecretOptions {
  /** Shown in place of each character, `*` if not given; an empty string shows nothing. */
  mask?: string;
  /** Whether the line is cleared afterwards. */
  clear?: boolean;
}

/** Asks for a line on the terminal without showing it; null when stdin is not a terminal. */
export function promptSecret(message?: string, options?: PromptSecretOptions): string | null;
