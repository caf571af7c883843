// Has the herd forget a client.

import { tokenHeaders } from "./connection.ts";
import type { Client } from "./herd.ts";

/** Asks the server; gives a text for people if that was not done. */
export async function forget({ id }: Client): Promise<string | undefined> {
  try {
    const response = await fetch(`v1/clients/-?id=${id}`, {
      method: "DELETE",
      headers: tokenHeaders(),
    });
    const { detail } = await response.json();
    return response.ok ? undefined : `It was not forgotten: ${detail}`;
  } catch {
    return "It was not forgotten: the server could not be asked.";
  }
}
