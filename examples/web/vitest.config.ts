import { testsOf } from '../../test/run/tests-of.js';

export default testsOf('examples/web/test');
