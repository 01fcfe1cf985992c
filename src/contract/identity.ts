import { X509Certificate } from 'node:crypto';
import { refuseFields } from './refusal.js';

/** Who submits a transaction, as its certificate proves. */
export interface Identity {
  /** The organisation's membership service, such as `Org1MSP`. */
  readonly mspId: string;
  /** Unique within the MSP: `x509::<subject>::<issuer>`. */
  readonly id: string;
  /** The organisational units (OU) of its certificate, among them its role: `admin`, `client`, … */
  readonly roles: readonly string[];
  /** The value of an attribute that a Fabric CA put into the certificate. */
  attribute(name: string): string | undefined;
}

/** The part of fabric-contract-api's `ctx.clientIdentity` that the contract uses. */
export interface FabricClientIdentity {
  getMSPID(): string;
  getID(): string;
  getIDBytes(): Uint8Array;
  getAttributeValue(name: string): string | null;
}

/**
 * The identity of a chaincode's context. Roles are read from the certificate itself: the text of `getID()` cannot be
 * taken apart, since a name in it may contain `/OU=admin`.
 *
 * @throws Refusal INVALID_REQUEST if the identity is not exactly one certificate as PEM
 * @example
 * ```ts
 * contract.invoke(ctx.stub, fabricIdentity(ctx.clientIdentity), 'MintTokens', [order, key]);
 * ```
 */
export function fabricIdentity(client: FabricClientIdentity): Identity {
  return {
    mspId: client.getMSPID(),
    id: client.getID(),
    roles: organisationalUnits(client.getIDBytes()),
    attribute: (name) => {
      // A name of Object.prototype, such as "constructor", gives what is no text.
      const value: unknown = client.getAttributeValue(name);
      return typeof value === 'string' ? value : undefined;
    },
  };
}

/**
 * One PEM block and nothing else. The client chooses these bytes, and readers of PEM differ in which blocks they skip: of
 * two, the peer could verify one, and the shim or Node read the other.
 */
const ONE_CERTIFICATE = /^-----BEGIN CERTIFICATE-----\r?\n(?:[0-9A-Za-z+/=]+\r?\n)+-----END CERTIFICATE-----[\r\n]*$/;

function organisationalUnits(pem: Uint8Array): readonly string[] {
  if (!ONE_CERTIFICATE.test(Buffer.from(pem).toString('latin1'))) {
    refuseFields([{ field: 'creator', message: 'must have a certificate as one PEM block, and nothing beside it' }]);
  }
  // Declared as a text; several are a list.
  const units: unknown = new X509Certificate(pem).toLegacyObject().subject?.OU;
  const list: readonly unknown[] = Array.isArray(units) ? units : [units];
  return list.filter((unit) => typeof unit === 'string');
}
