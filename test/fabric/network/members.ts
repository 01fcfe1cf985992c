import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from '../peer/certificates.js';

/** The folder of the orderer that cryptogen has written. */
export function ordererIn(folder: string): string {
  return join(folder, 'crypto/ordererOrganizations/orderer.localhost/orderers/orderer.localhost');
}

/** An organisation that cryptogen has written: folders, and the certificates of its members. */
export class Organisation {
  readonly mspId: string;
  readonly #folder: string;

  constructor(folder: string, number: number) {
    this.mspId = `Org${number}MSP`;
    this.#folder = join(folder, `crypto/peerOrganizations/${this.#domain}`);
  }

  get #domain(): string {
    return `${this.mspId.replace('MSP', '').toLowerCase()}.localhost`;
  }

  get peer(): string {
    return join(this.#folder, `peers/peer0.${this.#domain}`);
  }

  mspOf(name: string): string {
    return join(this.#folder, `users/${name}@${this.#domain}/msp`);
  }

  get authority(): Certificate {
    const folder = join(this.#folder, 'ca');
    return { cert: fileIn(folder, '-cert.pem'), key: fileIn(folder, '_sk') };
  }

  member(name: string): Certificate {
    const msp = this.mspOf(name);
    return { cert: onlyFileIn(join(msp, 'signcerts')), key: onlyFileIn(join(msp, 'keystore')) };
  }
}

function fileIn(folder: string, suffix: string): string {
  const name = readdirSync(folder).find((each) => each.endsWith(suffix)) ?? '';
  return readFileSync(join(folder, name), 'utf8');
}

function onlyFileIn(folder: string): string {
  return readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8');
}
