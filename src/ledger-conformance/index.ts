import type { SpydraClient } from '../client.js';
import { CONCURRENT_WRITES } from './concurrency.js';
import { IDEMPOTENCY, LOST_RESPONSES } from './idempotency.js';
import { LISTS } from './lists.js';
import type { Check } from './scene.js';
import { WATCHING } from './watch.js';
import { READS_AND_WRITES } from './writes.js';

/** Something that a ledger must do. `run` rejects if it does not. */
export interface LedgerCase {
  readonly name: string;
  run(): Promise<void>;
}

/** How the suite reaches the ledger. */
export interface LedgerUnderTest {
  /**
   * Opens a client of the ledger, without a cache, as another process would have. Its identity may create assets, mint,
   * and debit each wallet of {@link LedgerUnderTest.wallet}. The suite closes it.
   */
  open(): SpydraClient | Promise<SpydraClient>;
  /** Opens a client whose first write is applied, and its response lost. Without it, lost responses are not tested. */
  openLosing?: () => SpydraClient | Promise<SpydraClient>;
  /** The id of a wallet that the suite calls so. Default: the name and a suffix of the case. */
  wallet?: (name: string) => string;
}

/**
 * What a ledger must do for the SDK to be right, as cases for any test runner: reads, writes, refusals, idempotency keys,
 * concurrent writes, lists, watches, amounts of any size. Each case makes an asset of its own, so a ledger that keeps everything
 * can be given again and again.
 *
 * @example
 * ```ts
 * import { SpydraClient } from 'spydra-sdk';
 * import { ledgerConformance } from 'spydra-sdk/ledger-conformance';
 *
 * const open = () => new SpydraClient({ ledger: myLedger() });
 * for (const { name, run } of ledgerConformance({ open })) test(name, run);
 * ```
 */
export function ledgerConformance(ledger: LedgerUnderTest): readonly LedgerCase[] {
  const { openLosing } = ledger;
  return [
    ...casesOf({ ...READS_AND_WRITES, ...IDEMPOTENCY, ...CONCURRENT_WRITES, ...LISTS, ...WATCHING }, ledger, () =>
      ledger.open(),
    ),
    ...(openLosing ? casesOf(LOST_RESPONSES, ledger, openLosing) : []),
  ];
}

function casesOf(
  checks: Readonly<Record<string, Check>>,
  ledger: LedgerUnderTest,
  open: () => SpydraClient | Promise<SpydraClient>,
): LedgerCase[] {
  return Object.entries(checks).map(([name, check]) => ({
    name,
    async run() {
      const suffix = crypto.randomUUID();
      const opened: SpydraClient[] = [];
      const another = async () => {
        const client = await ledger.open();
        opened.push(client);
        return client;
      };
      try {
        const client = await open();
        opened.push(client);
        const wallet = ledger.wallet ?? ((wanted: string) => `${wanted}-${suffix}`);
        await check({ client, another, wallet, key: (wanted) => `${wanted}-${suffix}` });
      } finally {
        await Promise.all(opened.map((client) => client.close()));
      }
    },
  }));
}
