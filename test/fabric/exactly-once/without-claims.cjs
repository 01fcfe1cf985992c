/*
 * Loaded by a chaincode process before the chaincode: claims are neither found nor kept, so a call that is repeated is
 * applied again. The audit must then fail.
 */
const { join } = require('node:path');
const ChaincodeStub = require(join(process.cwd(), 'node_modules/fabric-shim/lib/stub.js'));

const isClaim = (key) => key.startsWith('\u0000claim\u0000');
const { getState, putState } = ChaincodeStub.prototype;

Object.assign(ChaincodeStub.prototype, {
  async getState(key) {
    return isClaim(key) ? Buffer.alloc(0) : getState.call(this, key);
  },
  async putState(key, value) {
    if (!isClaim(key)) await putState.call(this, key, value);
  },
});
