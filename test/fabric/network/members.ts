import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from '../peer/certificates.js';

/** Where cryptogen has written, and what of it. */
export interface CryptoMaterial {
  readonly orderer: string;
  readonly peer: string;
  readonly adminMsp: string;
  member(name: string): Certificate;
}

export function cryptoMaterialIn(folder: string): CryptoMaterial {
  const org = join(folder, 'crypto/peerOrganizations/org1.localhost');
  const mspOf = (name: string) => join(org, `users/${name}@org1.localhost/msp`);
  return {
    orderer: join(folder, 'crypto/ordererOrganizations/orderer.localhost/orderers/orderer.localhost'),
    peer: join(org, 'peers/peer0.org1.localhost'),
    adminMsp: mspOf('Admin'),
    member: (name) => ({
      cert: onlyFileIn(join(mspOf(name), 'signcerts')),
      key: onlyFileIn(join(mspOf(name), 'keystore')),
    }),
  };
}

function onlyFileIn(folder: string): string {
  return readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8');
}
