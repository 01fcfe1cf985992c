import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from 'spydra-sdk';
import { fabricLedger } from 'spydra-sdk/fabric';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkedIdentity, type FabricIdentity } from '../../../src/fabric/identity.js';

const file = (name: string) => fileURLToPath(new URL(`identity/${name}`, import.meta.url));
const IDENTITY = { mspId: 'Org1MSP', certificate: file('certificate.pem'), privateKey: file('key.pem') };

const rsaKey = () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
};

const problemOf = (change: object, now?: Date): string => {
  try {
    checkedIdentity({ ...IDENTITY, ...change } as FabricIdentity, now);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('it was not refused');
};

describe('an identity', () => {
  it('is read from a path, a text, bytes, or a folder with one file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'spydra-sdk-identity-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, 'keystore'));
    writeFileSync(join(folder, 'keystore', '8f1c_sk'), readFileSync(IDENTITY.privateKey));
    const text = readFileSync(IDENTITY.privateKey, 'utf8');
    for (const privateKey of [IDENTITY.privateKey, text, Buffer.from(text), join(folder, 'keystore')]) {
      expect(checkedIdentity({ ...IDENTITY, privateKey })).toMatchObject({ mspId: 'Org1MSP' });
    }
  });

  it.each([
    ['with the text of another tool before it', (own: string) => `Bag Attributes\n    friendlyName: org1\n${own}`],
    [
      'before the certificate of its CA',
      (own: string) => `${own}${readFileSync(file('other-certificate.pem'), 'utf8')}`,
    ],
    ['after its key, in Windows lines', (own: string, key: string) => `${key}${own}`.replaceAll('\n', '\r\n')],
  ])('has one PEM block of a file that holds the certificate %s', (_, inFile) => {
    const own = readFileSync(IDENTITY.certificate, 'utf8');
    const certificate = inFile(own, readFileSync(IDENTITY.privateKey, 'utf8'));
    expect(checkedIdentity({ ...IDENTITY, certificate }).certificate.toString()).toBe(own);
  });

  it.each([
    ['another key', { privateKey: file('other-key.pem') }, 'identity.privateKey must be the key of the certificate'],
    ['no MSP', { mspId: ' ' }, 'identity.mspId must name an MSP'],
    ['nothing', { certificate: undefined }, 'identity.certificate must be PEM as text or bytes'],
    ['a missing file', { certificate: '/nowhere/cert.pem' }, 'there is no file /nowhere/cert.pem'],
    ['a folder with several files', { certificate: file('') }, 'a folder with one file'],
    ['a key as a certificate', { certificate: file('key.pem') }, 'identity.certificate must be a certificate'],
    ['a certificate as a key', { privateKey: file('certificate.pem') }, 'must be a private key in PEM'],
    ['a key of RSA', { privateKey: rsaKey() }, 'must be of the elliptic curve P-256 or P-384, or of Ed25519'],
    ['bytes that are no PEM', { privateKey: Buffer.from('x') }, 'must be PEM: a text that begins with -----BEGIN'],
  ])('with %s is refused', (_, change, message) => {
    expect(problemOf(change)).toContain(message);
  });

  it('with a certificate that has expired, or is not valid yet, is refused with the date', () => {
    expect(problemOf({}, new Date('2300-01-01'))).toMatch(/expired on 21\d\d-.* enroll the identity again/);
    expect(problemOf({}, new Date('2000-01-01'))).toMatch(/is only from 20\d\d-.* on/);
  });

  it('is refused with all that is wrong at once, and never with what was in a key', () => {
    const secret = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----';
    const message = problemOf({ mspId: '', certificate: '/nowhere', privateKey: secret });
    for (const name of ['mspId', 'certificate', 'privateKey']) expect(message).toContain(`identity.${name}`);
    expect(message).not.toContain('c2VjcmV0');
  });
});

describe('fabricLedger', () => {
  const at = { channel: 'ch', chaincode: 'spydra' };

  it.each([
    [{ ...at }, 'connection must be given, or a gateway'],
    [{ channel: '', chaincode: undefined }, 'channel is missing; chaincode is missing; connection must be given'],
    [
      { ...at, connection: { endpoint: 'localhost', identity: IDENTITY } },
      'connection.endpoint must be the host and port',
    ],
    [{ ...at, connection: { endpoint: 'localhost:7051' } }, 'identity.mspId must name an MSP'],
    [
      { ...at, connection: { endpoint: 'localhost:7051', identity: IDENTITY, tlsCertificate: '/nowhere' } },
      'connection.tlsCertificate must be PEM or the path of its file, and there is no file /nowhere',
    ],
  ])('refuses %j', (options, message) => {
    expect(() => fabricLedger(options as never)).toThrow(message);
    expect(() => fabricLedger(options as never)).toThrow(ConfigurationError);
  });
});
