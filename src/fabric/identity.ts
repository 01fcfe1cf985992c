import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../core/shapes.js';
import { cannotStart } from '../core/validate.js';
import { ConfigurationError, type FieldProblem } from '../errors.js';
import { type Signer, signerOf } from './signer.js';

/** PEM as text or bytes, or the path of its file, or of a folder with one file, as Fabric's tools write them. */
export type Pem = string | Uint8Array;

/** Who signs: a member of an organisation of the channel. */
export interface FabricIdentity {
  /** Of the organisation, such as `Org1MSP`. */
  readonly mspId: string;
  /** The certificate that the organisation's CA has issued (`signcerts`). Of a chain, the first one counts. */
  readonly certificate: Pem;
  /** The key of the certificate (`keystore`). */
  readonly privateKey: Pem;
}

/** An identity that was read and checked. */
export interface CheckedIdentity {
  readonly mspId: string;
  readonly certificate: Buffer;
  readonly sign: Signer;
}

/**
 * Reads an identity.
 *
 * @throws ConfigurationError naming all that is wrong with it
 */
export function checkedIdentity({ mspId, certificate, privateKey }: FabricIdentity, now = new Date()): CheckedIdentity {
  const problems: FieldProblem[] = [];
  const given = <T>(field: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      problems.push({ field: `identity.${field}`, message: messageOf(error) });
      return undefined;
    }
  };
  given('mspId', () => {
    if (typeof mspId !== 'string' || mspId.trim() === '') throw new Error('must name an MSP, such as Org1MSP');
  });
  const pem = given('certificate', () => readPem(certificate));
  const x509 = pem && given('certificate', () => validCertificate(pem, now));
  const key = given('privateKey', () => keyIn(readPem(privateKey)));
  const sign = key && given('privateKey', () => signerOf(key));
  if (x509 && key && sign) {
    given('privateKey', () => {
      if (!x509.checkPrivateKey(key)) throw new Error('must be the key of the certificate, and is another one');
    });
  }
  // One PEM block, which the contract insists on: files have texts and chains beside the first certificate.
  if (x509 && sign && problems.length === 0) return { mspId, certificate: Buffer.from(x509.toString()), sign };
  throw new ConfigurationError(`${cannotStart('The Fabric ledger', problems)}`);
}

/** @throws Error whose message completes a sentence that begins with the name of the field */
export function readPem(pem: Pem): Buffer {
  if (typeof pem !== 'string' && !(pem instanceof Uint8Array)) {
    throw new Error('must be PEM as text or bytes, or the path of its file');
  }
  const isText = typeof pem !== 'string' || pem.includes('-----BEGIN');
  const bytes = isText ? Buffer.from(pem as string) : readFileSync(pathOf(pem));
  if (bytes.includes('-----BEGIN')) return bytes;
  throw new Error(isText ? 'must be PEM: a text that begins with -----BEGIN' : `must be PEM, which ${pem} is not`);
}

/** The path itself, or the one file in the folder. */
function pathOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) throw new Error(`must be PEM or the path of its file, and there is no file ${path}`);
  if (!stats.isDirectory()) return path;
  const [file, ...others] = readdirSync(path);
  if (file !== undefined && others.length === 0) return join(path, file);
  throw new Error(
    `must be a file, or a folder with one file: ${path} has ${others.length + (file === undefined ? 0 : 1)}`,
  );
}

function validCertificate(pem: Buffer, now: Date): X509Certificate {
  const x509 = parsed(() => new X509Certificate(pem), 'must be a certificate in PEM');
  const [from, to] = [new Date(x509.validFrom), new Date(x509.validTo)];
  if (now > to) throw new Error(`must be valid, and expired on ${to.toISOString()}: enroll the identity again`);
  if (now < from) throw new Error(`must be valid, and is only from ${from.toISOString()} on: check the clock`);
  return x509;
}

function keyIn(pem: Buffer): KeyObject {
  return parsed(() => createPrivateKey(pem), 'must be a private key in PEM, without a passphrase');
}

function parsed<T>(parse: () => T, problem: string): T {
  try {
    return parse();
  } catch {
    // Its message could quote what it has read.
    throw new Error(problem);
  }
}
