import { FUNCTIONS } from 'spydra-sdk/contract';
import { describe, expect, it } from 'vitest';
import metadata from '../contract-metadata/metadata.json' with { type: 'json' };
import { SpydraContract } from '../spydra-contract.js';
import { tokenContractFor } from '../token-contract.js';

const { TokenContract: declared, SpydraContract: declaredForSpydra } = metadata.contracts;
const namesOf = ({ transactions }: { transactions: readonly { name: string }[] }) =>
  transactions.map(({ name }) => name);

/** What fabric-contract-api makes transactions of. */
const transactionsOf = (contract: object) =>
  Object.getOwnPropertyNames(Object.getPrototypeOf(contract)).filter(
    (name) => name !== 'constructor' && name !== 'unknownTransaction',
  );

describe('the contracts', () => {
  it('have the functions of the rules as transactions, and their metadata names each', () => {
    const contract = new (tokenContractFor('Org1MSP'))();
    expect(transactionsOf(contract)).toEqual(FUNCTIONS);
    expect(namesOf(declared).sort()).toEqual([...FUNCTIONS].sort());
    expect(contract.getName()).toBe(declared.name);
  });

  it('have the function that the platform calls', () => {
    const contract = new SpydraContract();
    expect(transactionsOf(contract)).toEqual(namesOf(declaredForSpydra));
    expect(contract.getName()).toBe(declaredForSpydra.name);
  });
});
