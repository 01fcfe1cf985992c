/** What `fabric-chaincode-node` starts, from the bundle that `main` in package.json names. */
import { SpydraContract } from './spydra-contract.js';
import { tokenContractFor } from './token-contract.js';

const { ADMIN_MSP } = process.env;
if (!ADMIN_MSP) throw new Error('Set ADMIN_MSP to the MSP whose admins may configure the contract, such as Org1MSP.');

/** The first one is the default: its functions can be called without its name. */
export const contracts = [tokenContractFor(ADMIN_MSP), SpydraContract];
