import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries, Environment } from './binaries.js';

/** Installs a package that names a chaincode service by its address, and returns the id of the package. */
export async function installChaincode(
  binaries: Binaries,
  folder: string,
  admin: Environment,
  { name, address }: { readonly name: string; readonly address: string },
): Promise<string> {
  const source = join(folder, 'package');
  mkdirSync(source);
  writeFileSync(join(source, 'connection.json'), JSON.stringify({ address, dial_timeout: '10s', tls_required: false }));
  writeFileSync(join(source, 'metadata.json'), JSON.stringify({ type: 'ccaas', label: `${name}_1` }));
  execFileSync('tar', ['-czf', 'code.tar.gz', 'connection.json'], { cwd: source });
  execFileSync('tar', ['-czf', '../chaincode.tar.gz', 'metadata.json', 'code.tar.gz'], { cwd: source });
  await binaries.run('peer', ['lifecycle', 'chaincode', 'install', 'chaincode.tar.gz'], admin);
  const id = await binaries.run('peer', ['lifecycle', 'chaincode', 'calculatepackageid', 'chaincode.tar.gz'], admin);
  return id.trim();
}

/** Approves and commits the definition of the chaincode. Its process must be running. */
export async function commitChaincode(
  binaries: Binaries,
  admin: Environment,
  channel: string,
  chaincode: { readonly name: string; readonly packageId: string },
  orderer: { readonly address: string; readonly ca: string },
): Promise<void> {
  const target = ['-o', orderer.address, '--tls', '--cafile', orderer.ca, '--channelID', channel];
  const definition = ['--name', chaincode.name, '--version', '1', '--sequence', '1'];
  const approve = ['lifecycle', 'chaincode', 'approveformyorg', '--package-id', chaincode.packageId];
  await binaries.retry('peer', [...approve, ...target, ...definition], admin);
  const peer = [
    '--peerAddresses',
    admin.CORE_PEER_ADDRESS ?? '',
    '--tlsRootCertFiles',
    admin.CORE_PEER_TLS_ROOTCERT_FILE ?? '',
  ];
  await binaries.run('peer', ['lifecycle', 'chaincode', 'commit', ...target, ...definition, ...peer], admin);
}
