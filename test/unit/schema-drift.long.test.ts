import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Editor } from '../helpers/editor.js';

const editor = new Editor();
afterAll(() => editor.close());

const RESOURCES = ['assets', 'batch', 'cache', 'input-schemas', 'tokens', 'transactions', 'wallets'];
const INPUTS = [
  ...RESOURCES.map((name) => `src/resources/${name}.ts`),
  'src/core/pages.ts',
  'src/core/call.ts',
  'src/calls.ts',
];
const RECORDS = ['ledger/ledger', 'ledger/operations', 'ledger/records', 'rest/schemas'].map(
  (name) => `src/${name}.ts`,
);

/** Interfaces of inputs and options, and of the fields within them. */
const AN_INPUT = /(export interface \w*(?:Input|Options|Updates|Filter)\b[^{]*\{\n)/g;
const A_RECORD = /(export interface (?:Asset|TransactionRecord|Balance|SupplyRecord|\w+Receipt)\b[^{]*\{\n)/g;
const LAST_FIELD = / {2}readonly \w+\??: [^;]+;\n\}/;

/** Lines of files that match. */
const linesOf = (files: readonly string[], pattern: RegExp) =>
  files
    .flatMap((file) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').split('\n'))
    .filter((line) => pattern.test(line))
    .map((line) => line.trim());

/** Each interface without its last field. */
const withoutLast = (interfaces: RegExp) => (text: string) =>
  text
    .split(interfaces)
    .map((part, i, parts) => (interfaces.test(parts[i - 1] ?? '') ? part.replace(LAST_FIELD, '}') : part))
    .join('');

const ADDED = 'readonly added?: string | undefined;';

describe('an input interface and its schema', () => {
  // Checks of ids and documents have no interface.
  const checks = linesOf(
    INPUTS,
    /\b(validate|validateWith|checked)\((schema\.(?!addMetadata|existingIds)\w+|\w+Input|\w+Schema|batchOptions),/,
  );

  it.each<[string, (text: string) => string]>([
    ['an interface gains a field', (text) => text.replaceAll(AN_INPUT, `$1${ADDED}`)],
    ['an interface loses a field', withoutLast(new RegExp(AN_INPUT, ''))],
    [
      'a schema gains a field',
      (text) => text.replaceAll(/(strictObject\(|extend\(\w+, )\{/g, '$1{ added: z.optional(z.string()),'),
    ],
  ])('do not compile if %s', (_what, change) => {
    const broken = editor.faultsOf(INPUTS, change).map(({ line }) => line);
    expect(checks.length).toBeGreaterThan(15);
    expect(broken).toEqual(expect.arrayContaining(checks));
  });
});

describe('a record interface and its schema', () => {
  const schemas = linesOf(RECORDS, /\b(recordOf|accepted)<\w+>\(\)\(/);

  it.each<[string, (text: string) => string]>([
    ['a record gains a field', (text) => text.replaceAll(A_RECORD, `$1${ADDED}`)],
    ['a record loses a field', withoutLast(new RegExp(A_RECORD, ''))],
    ['a schema gains a field', (text) => text.replaceAll(/(>\(\)\(\{)/g, '$1 added: z.optional(text),')],
  ])('do not compile if %s', (_what, change) => {
    const broken = editor.faultsOf(RECORDS, change).map(({ line }) => line.replace(' added: z.optional(text),', ''));
    expect(schemas.length).toBe(7);
    expect(broken).toEqual(expect.arrayContaining(schemas));
  });
});
