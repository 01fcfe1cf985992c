import { expect, it } from 'vitest';
import { readCommand } from '../command-line.js';

const SEE_HELP = ' See npm run distribute -- --help.';

it.each([
  [['--asset', '--from', 'w', '--batch', 'b', 'rows.csv'], '--asset needs a value.'],
  [['rows.csv', '--batch'], '--batch needs a value.'],
  [['rows.csv', '--aset', 'a'], "Unknown option '--aset'."],
  [['--help=yes'], "Option '--help' does not take an argument."],
])('npm run distribute explains a wrong command in one sentence: %j', (args, sentence) => {
  expect(() => readCommand(args)).toThrow(new Error(sentence + SEE_HELP));
});
