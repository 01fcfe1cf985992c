import { type Context, Contract } from 'fabric-contract-api';
import { FUNCTIONS, fabricIdentity, tokenContract } from 'spydra-sdk/contract';

/** A class with the functions of the token contract as its transactions. */
export function tokenContractFor(adminMsp: string): new () => Contract {
  const rules = tokenContract({ adminMsp });
  const invoke = ({ stub, clientIdentity }: Context, name: string, args: readonly string[]) =>
    rules.invoke(stub, fabricIdentity(clientIdentity), name, args);

  class TokenContract extends Contract {
    constructor() {
      super('TokenContract');
    }

    /** Refuses a function that does not exist as the contract refuses everything: with JSON. */
    override async unknownTransaction(context: Context): Promise<void> {
      const { fcn, params } = context.stub.getFunctionAndParameters();
      await invoke(context, fcn, params);
    }
  }
  // Only what the prototype itself has becomes a transaction, and the first parameter is the context.
  for (const name of FUNCTIONS) {
    Object.defineProperty(TokenContract.prototype, name, {
      value: (context: Context, ...args: string[]) => invoke(context, name, args),
    });
  }
  return TokenContract;
}
