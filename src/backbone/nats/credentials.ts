// Credentials of a server for NATS, in every form that NATS takes, told apart by their form.

import type { Authenticator } from "@nats-io/nats-core";
import { encode } from "../../base/bytes.ts";

/** Maker of authenticators: the client of NATS, which is loaded when it is needed. */
type Makers = Pick<
  typeof import("@nats-io/nats-core"),
  | "credsAuthenticator"
  | "nkeyAuthenticator"
  | "tokenAuthenticator"
  | "usernamePasswordAuthenticator"
>;

/** The forms of credentials. */
export type CredentialsKind = "none" | "file" | "nkey" | "user" | "token";

/**
 * The kind of a text: the contents of a credentials file as `nsc` makes it (a JWT and a seed), the seed
 * of a user's NKey, `<user>:<password>`, or a token.
 */
export function kindOfCredentials(text: string | undefined): CredentialsKind {
  if (text === undefined) return "none";
  if (/^-+BEGIN NATS USER JWT-+$/m.test(text)) return "file";
  if (/^SU[A-Z2-7]{56}$/.test(text)) return "nkey";
  return text.includes(":") ? "user" : "token";
}

/** The authenticator for credentials, given without white space around them. */
export function authenticatorOf(text: string | undefined, makers: Makers): Authenticator {
  switch (kindOfCredentials(text)) {
    case "none":
      return () => {};
    case "file":
      // The client looks for lines that end with a newline alone.
      return makers.credsAuthenticator(encode(`${text!.replaceAll("\r\n", "\n")}\n`));
    case "nkey":
      return makers.nkeyAuthenticator(encode(text!));
    case "user": {
      const colon = text!.indexOf(":");
      return makers.usernamePasswordAuthenticator(text!.slice(0, colon), text!.slice(colon + 1));
    }
    case "token":
      return makers.tokenAuthenticator(text!);
  }
}
