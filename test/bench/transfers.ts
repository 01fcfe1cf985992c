import { SpydraClient, type SpydraClientOptions } from 'spydra-sdk';
import { FLAT } from '../helpers/flat.js';
import { answersTask, inChild } from './child.js';
import { type Peaks, peakColumns, withPeaks } from './peaks.js';
import { startSandbox, stop } from './sandbox-process.js';
import { isLong } from './scale.js';
import { printTable } from './table.js';

/*
 * What it costs to make the transfers of a CSV file, and to run the file again under the same batch key, which
 * finds each of them and makes none. The server has a process of its own, and its blocks take no time.
 */

const TRANSFERS = isLong ? 10_000 : 1_000;
const FROM = 'treasury';

interface Task {
  readonly connection: SpydraClientOptions;
}

interface Measured extends Peaks {
  readonly requests: number;
  readonly done: number;
}

/** Makes the transfers of the file, and throws unless each wallet has got its amount once. */
async function measure({ connection }: Task): Promise<Measured[]> {
  let requests = 0;
  const counting: typeof fetch = (input, init) => {
    requests++;
    return fetch(input, init);
  };
  await using spydra = new SpydraClient({ ...connection, fetch: counting });
  const { assetId } = await spydra.assets.create({ ...FLAT, totalSupply: 100_000_000n });
  await spydra.tokens.mint({ assetId, recipientWallet: FROM, amount: 100_000_000n });
  const csv = Array.from({ length: TRANSFERS }, (_, n) => `wallet-${n},${1 + (n % 997)}`).join('\n');
  const run = async (): Promise<Measured> => {
    requests = 0;
    const { result, ...used } = await withPeaks(() => {
      const lines = csv.split('\n').map((line) => line.split(','));
      const inputs = lines.map(([toWallet = '', amount = '']) => ({ assetId, fromWallet: FROM, toWallet, amount }));
      return spydra.tokens.transferMany(inputs, { batchKey: 'csv', deadline: Number.POSITIVE_INFINITY });
    });
    const done = result.filter(({ status }) => status === 'fulfilled').length;
    return { requests, done, ...used };
  };
  const measured = [await run(), await run()];
  for (const { wallet, balance } of await spydra.tokens.holders(assetId)) {
    const expected = 1 + (Number(wallet.slice('wallet-'.length)) % 997);
    if (wallet !== FROM && Number(balance) !== expected) throw new Error(`${wallet} holds ${balance}.`);
  }
  return measured;
}

async function compare(): Promise<void> {
  const { server, connection } = await startSandbox();
  const measured = await inChild<Measured[]>(import.meta.url, { connection });
  const rows = measured.map(({ requests, done, ...used }, index) => ({
    run: index === 0 ? 'first' : 'again, same batch key',
    requests,
    done,
    ...peakColumns(used),
  }));
  await stop(server);
  printTable(`A CSV file of ${TRANSFERS} transfers, over HTTP`, rows);
}

if (!answersTask(measure)) await compare();
