import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries, Environment } from './binaries.js';

/** Where definitions of chaincode are ordered. */
export interface Target {
  readonly channel: string;
  readonly ordererAddress: string;
  readonly ordererCa: string;
}

/** A version of a chaincode. */
export interface Definition {
  readonly name: string;
  readonly sequence: number;
}

/** A chaincode that runs as a service. */
export interface Service {
  readonly address: string;
  /** PEM text of its CA. */
  readonly rootCert: string;
}

/** The steps of `peer lifecycle chaincode`, as the administrators of the organisations. */
export class Lifecycle {
  constructor(
    private readonly binaries: Binaries,
    private readonly folder: string,
    private readonly admins: readonly Environment[],
    private readonly target: Target,
  ) {}

  /** Installs a package that names the service of one organisation, and returns its id. */
  async install({ name, sequence }: Definition, admin: Environment, service: Service): Promise<string> {
    const label = `${name}_${sequence}`;
    const source = join(this.folder, `${label}_${admin.CORE_PEER_LOCALMSPID}`);
    mkdirSync(source);
    const { address, rootCert } = service;
    const connection = { address, dial_timeout: '10s', tls_required: true, root_cert: rootCert };
    writeFileSync(join(source, 'connection.json'), JSON.stringify(connection));
    writeFileSync(join(source, 'metadata.json'), JSON.stringify({ type: 'ccaas', label }));
    execFileSync('tar', ['-czf', 'code.tar.gz', 'connection.json'], { cwd: source });
    execFileSync('tar', ['-czf', 'package.tar.gz', 'metadata.json', 'code.tar.gz'], { cwd: source });
    const file = join(source, 'package.tar.gz');
    await this.#run(admin, 'install', file);
    return (await this.#run(admin, 'calculatepackageid', file)).trim();
  }

  /** For one organisation, whose service must be running. */
  async approve(definition: Definition, admin: Environment, packageId: string): Promise<void> {
    await this.#run(admin, 'approveformyorg', '--package-id', packageId, ...this.#argumentsFor(definition));
  }

  /** Commits what the organisations have approved. */
  async commit(definition: Definition): Promise<void> {
    const peers = this.admins.flatMap(({ CORE_PEER_ADDRESS: address = '', CORE_PEER_TLS_ROOTCERT_FILE: ca = '' }) => [
      '--peerAddresses',
      address,
      '--tlsRootCertFiles',
      ca,
    ]);
    const [admin = {}] = this.admins;
    await this.#run(admin, 'commit', ...this.#argumentsFor(definition), ...peers);
  }

  #argumentsFor({ name, sequence }: Definition): string[] {
    const { channel, ordererAddress, ordererCa } = this.target;
    const orderer = ['-o', ordererAddress, '--tls', '--cafile', ordererCa, '--channelID', channel];
    return [...orderer, '--name', name, '--version', String(sequence), '--sequence', String(sequence)];
  }

  /** Again until it succeeds: an orderer has no leader at first, and peers learn of each other. */
  #run(admin: Environment, command: string, ...args: readonly string[]): Promise<string> {
    return this.binaries.retry('peer', ['lifecycle', 'chaincode', command, ...args], admin);
  }
}
