// Certificates for tests: of the herd's CA, of a stranger's, expired, or signed by nobody.

import {
  type Identity,
  issueCertificate,
  makeAuthority,
} from "../../../src/cli/certs/certificate_authority.ts";
import { certificatesIn } from "../../../src/server/tls/certificate.ts";
import type { Credentials } from "../../../src/server/tls/tls_files.ts";

const DAY_MS = 86_400_000;

/** From so many days from now until so many; negative ones are past. */
export function daysFromNow(from: number, until: number): { notBefore: Date; notAfter: Date } {
  const nowMs = Date.now();
  return {
    notBefore: new Date(nowMs + from * DAY_MS),
    notAfter: new Date(nowMs + until * DAY_MS),
  };
}

/** A CA and what it certifies. */
export class TestAuthority {
  readonly identity: Identity;

  private constructor(identity: Identity) {
    this.identity = identity;
  }

  static async make(): Promise<TestAuthority> {
    return new TestAuthority(await makeAuthority("test CA", daysFromNow(-1, 200)));
  }

  /** What a server of this name has, which believes in this CA unless another is given. */
  async credentials(
    name: string,
    { valid = daysFromNow(-1, 100), believes = this as TestAuthority } = {},
  ): Promise<Credentials> {
    const { certificate, key } = await issueCertificate(
      this.identity,
      { name, host: "127.0.0.1" },
      valid,
    );
    return credentialsOf({ certificate, key }, believes);
  }

  /** What a server has whose certificate is a CA's own, signed by itself. */
  selfSigned(believes: TestAuthority): Credentials {
    return credentialsOf(this.identity, believes);
  }
}

function credentialsOf({ certificate, key }: Identity, { identity }: TestAuthority): Credentials {
  const ca = identity.certificate;
  const [own] = certificatesIn(certificate);
  return {
    ca,
    cert: certificate,
    key,
    issuers: certificatesIn(ca),
    expires: new Date(own!.validTo),
  };
}
