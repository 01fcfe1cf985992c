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

/** A definition of a chaincode that runs as a service. */
export interface Definition {
  readonly name: string;
  readonly sequence: number;
  readonly address: string;
  /** PEM text of the CA of the service. */
  readonly rootCert: string;
}

/** The steps of `peer lifecycle chaincode`, as an administrator. */
export class Lifecycle {
  constructor(
    private readonly binaries: Binaries,
    private readonly folder: string,
    private readonly admin: Environment,
    private readonly target: Target,
  ) {}

  /** Installs a package that names the service, and returns its id. */
  async install({ name, sequence, address, rootCert }: Definition): Promise<string> {
    const label = `${name}_${sequence}`;
    const source = join(this.folder, label);
    mkdirSync(source);
    const connection = { address, dial_timeout: '10s', tls_required: true, root_cert: rootCert };
    writeFileSync(join(source, 'connection.json'), JSON.stringify(connection));
    writeFileSync(join(source, 'metadata.json'), JSON.stringify({ type: 'ccaas', label }));
    execFileSync('tar', ['-czf', 'code.tar.gz', 'connection.json'], { cwd: source });
    execFileSync('tar', ['-czf', 'package.tar.gz', 'metadata.json', 'code.tar.gz'], { cwd: source });
    const file = join(source, 'package.tar.gz');
    await this.#run('install', file);
    return (await this.#run('calculatepackageid', file)).trim();
  }

  /** Approves and commits a definition. The service must be running. */
  async commit({ name, sequence }: Definition, packageId: string): Promise<void> {
    const { channel, ordererAddress, ordererCa } = this.target;
    const orderer = ['-o', ordererAddress, '--tls', '--cafile', ordererCa, '--channelID', channel];
    const definition = ['--name', name, '--version', String(sequence), '--sequence', String(sequence)];
    await this.#run('approveformyorg', '--package-id', packageId, ...orderer, ...definition);
    const { CORE_PEER_ADDRESS: address = '', CORE_PEER_TLS_ROOTCERT_FILE: ca = '' } = this.admin;
    await this.#run('commit', ...orderer, ...definition, '--peerAddresses', address, '--tlsRootCertFiles', ca);
  }

  /** Again until it succeeds: an orderer has no leader at first. */
  #run(command: string, ...args: readonly string[]): Promise<string> {
    return this.binaries.retry('peer', ['lifecycle', 'chaincode', command, ...args], this.admin);
  }
}
