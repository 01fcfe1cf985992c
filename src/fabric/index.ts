import { contractLedger } from '../chain/contract-ledger.js';
import { cannotStart } from '../core/validate.js';
import { ConfigurationError, type FieldProblem } from '../errors.js';
import type { Ledger } from '../ledger/ledger.js';
import type { WriteLockMode } from '../options.js';
import { Connection, type FabricConnection } from './connection.js';
import type { FabricGateway } from './gateway.js';
import { GatewayChain } from './gateway-chain.js';

export type { Chain, FoundTransaction, Invocation, Transacted } from '../chain/chain.js';
export { type ContractLedgerOptions, contractLedger } from '../chain/contract-ledger.js';
export type { FabricConnection } from './connection.js';
export type { FabricGateway, GrpcInterceptor, GrpcOptions } from './gateway.js';
export type { FabricIdentity, Pem } from './identity.js';

/** Where the contract is, and how to reach it: by a `connection`, or by a `gateway` that is open already. */
export interface FabricLedgerOptions {
  /** Opened at the first call, and closed with the last client of the ledger. */
  readonly connection?: FabricConnection | undefined;
  /** Of `connect()` in @hyperledger/fabric-gateway. It stays open when the client is closed. */
  readonly gateway?: FabricGateway | undefined;
  readonly channel: string;
  readonly chaincode: string;
  /** The name of the token contract, if the chaincode has several. Default: the chaincode's first one. */
  readonly contract?: string | undefined;
  /**
   * When writes that overwrite the same balance or supply run one at a time, since a block commits only one of them.
   * `'adaptive'`, the default: after a read conflict; `'always'`; `'never'`.
   */
  readonly writeLocks?: WriteLockMode | undefined;
}

/**
 * The token contract (docs/contract.md) on a channel of Hyperledger Fabric, through the gateway of a peer. Needs
 * `@hyperledger/fabric-gateway` and `@grpc/grpc-js`.
 *
 * @throws ConfigurationError naming what is missing or wrong; the certificate and its key are checked at once.
 * @example
 * ```ts
 * const org1 = 'organizations/peerOrganizations/org1.example.com';
 * await using spydra = new SpydraClient({
 *   ledger: fabricLedger({
 *     connection: {
 *       endpoint: 'localhost:7051',
 *       tlsCertificate: `${org1}/peers/peer0.org1.example.com/tls/ca.crt`,
 *       tlsHostName: 'peer0.org1.example.com',
 *       identity: {
 *         mspId: 'Org1MSP',
 *         certificate: `${org1}/users/User1@org1.example.com/msp/signcerts`,
 *         privateKey: `${org1}/users/User1@org1.example.com/msp/keystore`,
 *       },
 *     },
 *     channel: 'mychannel',
 *     chaincode: 'spydra',
 *   }),
 * });
 * ```
 */
export function fabricLedger(options: FabricLedgerOptions): Ledger {
  const { connection, gateway, channel, chaincode, contract, writeLocks } = options;
  const problems: FieldProblem[] = [];
  for (const [field, value] of Object.entries({ channel, chaincode })) {
    if (typeof value !== 'string' || value === '') problems.push({ field, message: 'is missing' });
  }
  if ((connection === undefined) === (gateway === undefined)) {
    problems.push({ field: 'connection', message: 'must be given, or a gateway in place of it' });
  }
  if (problems.length > 0) throw new ConfigurationError(cannotStart('The Fabric ledger', problems));
  const source = gateway ? { gateway: async () => gateway } : new Connection(connection as FabricConnection);
  return contractLedger(new GatewayChain(source, { channel, chaincode, contract }), { writeLocks });
}
