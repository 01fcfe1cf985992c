import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of an organisation, which issues with openssl. */
export class CertificateAuthority implements Certificate {
  readonly cert: string;
  readonly key: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ca-'));

  constructor(readonly mspId: string) {
    this.#openssl('req', '-x509', ...KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', `/O=${mspId}/CN=ca`);
    this.cert = this.#read('ca.pem');
    this.key = this.#read('ca.key');
  }

  /** A member whose role is in its organisational unit, with attributes as Fabric CA writes them. */
  member(
    name: string,
    role: 'admin' | 'client' | 'peer',
    attributes: Readonly<Record<string, string>> = {},
  ): Certificate {
    const attrs = Buffer.from(JSON.stringify({ attrs: attributes })).toString('hex');
    return this.#issue(name, `/OU=${role}/CN=${name}`, `1.2.3.4.5.6.7.8.1=DER:${attrs}`);
  }

  /** For TLS on this machine, and under a name of Fabric's test network. */
  server(name: string): Certificate {
    return this.#issue(name, `/CN=${name}`, 'subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:peer0.org1.example.com');
  }

  /** Removes its files. It issues nothing after that. */
  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #issue(name: string, subject: string, extension: string): Certificate {
    writeFileSync(join(this.#folder, 'extensions'), extension);
    this.#openssl('req', ...KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'extensions'];
    this.#openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...by);
    return { cert: this.#read(`${name}.pem`), key: this.#read(`${name}.key`) };
  }

  #read(file: string): string {
    return readFileSync(join(this.#folder, file), 'utf8');
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'ignore' });
  }
}

const DATABASE = `[ca]
default_ca = own
[own]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
[any]
organizationalUnitName = optional
commonName = supplied
`;
/** Milliseconds ago, from when to when it was valid: authorities of cryptogen are as old as the network, and 5 minutes. */
const [BEGAN, EXPIRED] = [4 * 60_000, 60_000];

/** A client of an authority whose certificate has expired. Only \`openssl ca\` takes times. */
export function expiredClient(authority: Certificate): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'expired-'));
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const time = (ago: number) => new Date(Date.now() - ago).toISOString().replace(/[-:T]|\..*(?=Z)/g, '');
  try {
    const files = { 'ca.pem': authority.cert, 'ca.key': authority.key, index: '', configuration: DATABASE };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    openssl('req', ...KEY, '-keyout', 'key', '-out', 'request', '-subj', '/OU=client/CN=expired');
    const dates = ['-startdate', time(BEGAN), '-enddate', time(EXPIRED)];
    const by = [
      '-cert',
      'ca.pem',
      '-keyfile',
      'ca.key',
      '-config',
      'configuration',
      '-rand_serial',
      '-notext',
      '-batch',
    ];
    openssl('ca', ...by, ...dates, '-in', 'request', '-out', 'pem');
    return { cert: readFileSync(join(folder, 'pem'), 'utf8'), key: readFileSync(join(folder, 'key'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
