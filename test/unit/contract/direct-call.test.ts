import { type Stub, tokenContract } from 'spydra-sdk/contract';
import { beforeEach, describe, expect, it } from 'vitest';
import { BACKEND, Channel, refusalOf } from './harness.js';

const contract = tokenContract({ adminMsp: 'Org1MSP' });

/** A field of a protobuf message that has a length. */
function field(number: number, value: Uint8Array): Buffer {
  const length: number[] = [];
  for (let rest = value.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), value]);
}

/** The `ChaincodeInvocationSpec` that a client signs. */
function invocation(args: readonly string[]): Uint8Array {
  const input = Buffer.concat([...args.map((arg) => field(1, Buffer.from(arg))), Buffer.from([3 * 8, 0])]);
  const type = Buffer.from([8, 2]);
  const chaincodeId = field(2, field(2, Buffer.from('spydra')));
  return field(1, Buffer.concat([type, chaincodeId, field(3, input), Buffer.from([4 * 8, 0x80, 1])]));
}

/** A stub of a call, in a transaction for which the client has signed another call or the same. */
function stubOf(stub: Stub, args: readonly string[], signed: Uint8Array, isProperty = false): Stub {
  const payload = isProperty ? { input: signed } : { getInput_asU8: () => signed };
  return Object.assign(stub, { getArgs: () => args, getSignedProposal: () => ({ proposal: { payload } }) });
}

let channel: Channel;
let assetId: string;
beforeEach(async () => {
  channel = await Channel.configured();
  assetId = await channel.createAsset();
  await channel.mint(assetId, 'a', '10');
});

const transfer = (toWallet: string, key: string) => [
  JSON.stringify({ assetId, fromWallet: 'a', toWallet, amount: '10', metadata: { long: 'x'.repeat(40_000) } }),
  key,
];

/** Calls that a client, or a chaincode for it, makes in one transaction. */
const transact = (signed: readonly string[], ...calls: readonly (readonly string[])[]) =>
  channel.ledger.endorse(async (stub) => {
    for (const [functionName = '', ...args] of calls) {
      await contract.invoke(stubOf(stub, [functionName, ...args], invocation(signed)), BACKEND, functionName, args);
    }
    return '';
  });

describe('a write', () => {
  it('that the client has signed is taken, however the payload is given', async () => {
    const call = ['TransferTokens', ...transfer('b', 'k')];
    const [functionName = '', ...args] = call;
    for (const isProperty of [false, true]) {
      const result = channel.ledger.evaluate((stub) =>
        contract.invoke(stubOf(stub, call, invocation(call), isProperty), BACKEND, functionName, args),
      );
      expect(JSON.parse(await result)).toMatchObject({ settledBalance: '0' });
    }
  });

  it.each([
    ['another function', ['Proxy', 'x']],
    ['another order', ['TransferTokens', '{}', 'k']],
    ['an argument more', ['TransferTokens', '', 'k', '']],
    ['nothing', []],
  ])('is refused if the client has signed %s', async (_, signed) => {
    expect(await refusalOf(transact(signed, ['TransferTokens', ...transfer('b', 'k')]))).toMatchObject({
      code: 'INDIRECT_CALL',
    });
  });

  it('through a chaincode of another channel, where it would write nothing, is refused', async () => {
    const [functionName, ...args] = ['TransferTokens', ...transfer('b', 'k')] as const;
    const payload = { input: invocation([functionName, ...args]) };
    const callFrom = (channelHeader: object) =>
      channel.ledger.evaluate((stub) => {
        const getSignedProposal = () => ({ proposal: { header: { channelHeader }, payload } });
        const fields = { getArgs: () => [functionName, ...args], getChannelID: () => 'houses', getSignedProposal };
        return contract.invoke(Object.assign(stub, fields), BACKEND, functionName, args);
      });
    expect(JSON.parse(await callFrom({ getChannelId: () => 'houses' }))).toMatchObject({ settledBalance: '0' });
    expect(JSON.parse(await callFrom({ channelId: 'houses' }))).toMatchObject({ settledBalance: '0' });
    expect(await refusalOf(callFrom({ getChannelId: () => 'art' }))).toMatchObject({ code: 'INDIRECT_CALL' });
    expect(await refusalOf(callFrom({ channelId: 'art' }))).toMatchObject({ code: 'INDIRECT_CALL' });
  });

  it('cannot spend a balance twice by two calls in one transaction', async () => {
    const [one, two] = [
      ['TransferTokens', ...transfer('b', 'k1')],
      ['TransferTokens', ...transfer('c', 'k2')],
    ];
    expect(await refusalOf(transact(one as string[], one as string[], two as string[]))).toMatchObject({
      code: 'INDIRECT_CALL',
    });
  });

  it('that is called twice in one transaction is applied once', async () => {
    const call = ['TransferTokens', ...transfer('b', 'k')];
    expect(channel.commit(await transact(call, call, call))).toEqual(['VALID']);
    expect([await channel.balance(assetId, 'a'), await channel.balance(assetId, 'b')]).toEqual(['0', '10']);
  });
});

it('a read may be called through another chaincode', async () => {
  const supply = ['Supply', assetId];
  await expect(transact(['Proxy'], supply)).resolves.toBeDefined();
});
