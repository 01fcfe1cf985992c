/**
 * The token contract: the rules of the ledger, for chaincode on Hyperledger Fabric and for tests in process.
 *
 * @packageDocumentation
 */
export { policyRow } from './configure.js';
export { type ContractOptions, FUNCTIONS, type TokenContract, tokenContract } from './contract.js';
export { type FabricClientIdentity, fabricIdentity, type Identity } from './identity.js';
export type { Policy, Principal, WalletRule } from './policy.js';
export { Refusal, type RefusalCode } from './refusal.js';
export type { ProposalPayload, StateIterator, StatePage, StateRow, Stub, TxTimestamp } from './stub.js';
export { CONTRACT_VERSION } from './write.js';
