import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { testsOf } from '../test/run/tests-of.js';

const EXAMPLES = fileURLToPath(new URL('.', import.meta.url));
const packages = readdirSync(EXAMPLES).filter((name) => existsSync(`${EXAMPLES}${name}/test`));

/** The tests of all examples in one run. */
export default testsOf(...packages.map((name) => `examples/${name}/test`));
