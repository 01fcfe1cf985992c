import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deployedChaincode } from '../../../test/fabric/chaincode-process.js';
import { CertificateAuthority } from '../../../test/fabric/peer/certificates.js';
import { freePorts, isListening } from '../../../test/fabric/ports.js';
import { bareEnvironment } from '../../../test/helpers/program.js';
import { isMissing } from '../../../test/helpers/programs.js';

const START = ['start.cjs'];

function start(variables: Readonly<Record<string, string>>, command = START): ChildProcess {
  const child = spawn(process.execPath, command, {
    cwd: deployedChaincode(),
    env: { ...bareEnvironment(), ...variables },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function freeAddress(): Promise<{ readonly port: number; readonly address: string }> {
  const [port = 0] = await freePorts(1);
  return { port, address: `127.0.0.1:${port}` };
}

describe('the service', () => {
  it.each([
    ['CHAINCODE_SERVER_ADDRESS', 'CHAINCODE_ID'],
    ['CORE_CHAINCODE_ADDRESS', 'CORE_CHAINCODE_ID'],
    ['CHAINCODE_ADDRESS', 'CHAINCODE_ID'],
  ])('starts with %s and %s, and ends at SIGTERM', async (address, id) => {
    const free = await freeAddress();
    const child = start({ ADMIN_MSP: 'Org1MSP', [address]: free.address, [id]: 'spydra:1' });
    await expect.poll(() => isListening(free.port)).toBe(true);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('starts by the command of fabric-shim too', async () => {
    const { port, address } = await freeAddress();
    const names = { CORE_CHAINCODE_ADDRESS: address, CORE_CHAINCODE_ID: 'spydra:1' };
    start({ ADMIN_MSP: 'Org1MSP', ...names }, ['node_modules/.bin/fabric-chaincode-node', 'server']);
    await expect.poll(() => isListening(port)).toBe(true);
  });

  const set = { ADMIN_MSP: 'Org1MSP', CHAINCODE_SERVER_ADDRESS: '127.0.0.1:1', CHAINCODE_ID: 'spydra:1' };
  it.each([
    ['without an address', { CHAINCODE_SERVER_ADDRESS: '' }, 'Set CORE_CHAINCODE_ADDRESS or CHAINCODE_SERVER_ADDRESS'],
    ['without a package id', { CHAINCODE_ID: '' }, 'Set CORE_CHAINCODE_ID or CHAINCODE_ID.'],
    ['without the MSP of the admins', { ADMIN_MSP: '' }, 'Set ADMIN_MSP.'],
    [
      'with two package ids',
      { CORE_CHAINCODE_ID: 'spydra:2' },
      'CORE_CHAINCODE_ID and CHAINCODE_ID are the same setting',
    ],
  ])('does not start %s, and names what to set', async (_, changes, message) => {
    const child = start({ ...set, ...changes });
    const printed = text(child.stderr as NonNullable<typeof child.stderr>);
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(await printed).toContain(message);
  });

  it.skipIf(isMissing('openssl'))('speaks TLS with the files that it is given', async () => {
    const authority = new CertificateAuthority('Org1MSP');
    const { cert, key } = authority.server('chaincode');
    const [certFile, keyFile] = [join(tmpdir(), 'chaincode.pem'), join(tmpdir(), 'chaincode.key')];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    const { port, address } = await freeAddress();
    const files = { CHAINCODE_TLS_CERT_FILE: certFile, CHAINCODE_TLS_KEY: keyFile };
    start({ ...set, ...files, CHAINCODE_SERVER_ADDRESS: address });
    await expect.poll(() => isListening(port)).toBe(true);
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: authority.cert,
      ALPNProtocols: ['h2'],
    });
    await once(socket, 'secureConnect');
    expect([socket.authorized, socket.alpnProtocol]).toEqual([true, 'h2']);
    socket.destroy();
  });
});
