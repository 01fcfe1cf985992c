import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { ADMIN_KEY, backendOnSandbox } from '../helpers/backend.js';

const BINARIES = new URL('../../node_modules/.bin/', import.meta.url).pathname;

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2022',
    module: 'CommonJS',
    moduleResolution: 'Bundler',
    strict: true,
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    types: [],
    rootDir: 'src',
    outDir: 'out',
  },
  include: ['src'],
};

/** What somebody would write with the generated client; it compiles only if the types say what is answered. */
const program = (baseUrl: string) => `
import { client } from './client/client.gen';
import { listAssets, listHolders, purchaseTokens } from './client/sdk.gen';

client.setConfig({
  baseUrl: '${baseUrl}',
  auth: ({ name }) => (name === 'X-API-Key' ? '${ADMIN_KEY}' : undefined),
});

async function main() {
  const listed = await listAssets({ query: { limit: 1 }, throwOnError: true });
  const names: string[] = listed.data.data.map(({ name }) => name);
  const assetId = listed.data.data[0]?.assetId ?? '';
  const buy = () =>
    purchaseTokens({
      body: { assetId, sellerWallet: 'wallet-treasury', buyerWallet: 'carol', amount: 4, price: '52.5' },
      headers: { 'Idempotency-Key': 'order-1' },
      throwOnError: true,
    });
  const bought = await buy();
  const again = await buy();
  const balance: number = bought.data.data.toBalance;
  const holders = await listHolders({ path: { assetId }, throwOnError: true });
  const refused = await purchaseTokens({
    body: { assetId, sellerWallet: 'carol', buyerWallet: 'dave', amount: 5, price: 1 },
  });
  console.log(
    JSON.stringify({
      names,
      total: listed.data.total,
      balance,
      totalValue: bought.data.data.totalValue,
      isSame: again.data.data.transactionId === bought.data.data.transactionId,
      carol: holders.data.data.find(({ wallet }) => wallet === 'carol')?.balance,
      refusal: refused.error?.code,
    }),
  );
}

void main();
`;

it('a client generated from the document lists assets and buys tokens', async () => {
  const { port } = await backendOnSandbox();
  const url = `http://127.0.0.1:${port}/api/spydra`;
  const directory = await mkdtemp(join(tmpdir(), 'spydra-client-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const run = (command: string, ...flags: string[]) => promisify(execFile)(command, flags, { cwd: directory });

  await run(`${BINARIES}openapi-ts`, '-i', `${url}/openapi.json`, '-o', 'src/client', '-s', '--no-log-file');
  await writeFile(join(directory, 'src/main.ts'), program(url));
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  await run(`${BINARIES}tsc`, '--project', '.').catch(({ stdout }) => expect.fail(stdout));
  const { stdout } = await run(process.execPath, 'out/main.js');

  expect(JSON.parse(stdout)).toEqual({
    names: ['Harbour View Residences'],
    total: 2,
    balance: 4,
    totalValue: 210,
    isSame: true,
    carol: 4,
    refusal: 'INSUFFICIENT_BALANCE',
  });
});

it('the README uses the tested versions of the generator and its compiler', async () => {
  const read = (file: string) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
  const { devDependencies } = JSON.parse(await read('package.json'));
  const [, flags = ''] = /^npx (.*)openapi-ts -i /m.exec(await read('README.md')) ?? [];
  const packages = ['typescript', '@hey-api/openapi-ts'].map((name) => `-p ${name}@${devDependencies[name]} `);
  expect(flags).toBe(packages.join(''));
});
