#!/usr/bin/env node
/*
 * Starts the chaincode as a service, as `fabric-chaincode-node server` does, under any of the variables that Fabric's
 * peer, its samples and Spydra set. The service runs until SIGTERM or SIGINT.
 */
const { env } = process;

/** The variables that are read, and other names of the same. */
const OTHER_NAMES = {
  CORE_CHAINCODE_ADDRESS: ['CHAINCODE_SERVER_ADDRESS', 'CHAINCODE_ADDRESS'],
  CORE_CHAINCODE_ID: ['CHAINCODE_ID'],
  CORE_CHAINCODE_TLS_KEY_FILE: ['CHAINCODE_TLS_KEY_FILE', 'CHAINCODE_TLS_KEY'],
  CORE_CHAINCODE_TLS_CERT_FILE: ['CHAINCODE_TLS_CERT_FILE', 'CHAINCODE_TLS_CERT'],
  CORE_CHAINCODE_TLS_CLIENT_CACERT_FILE: ['CHAINCODE_TLS_CLIENT_CACERT_FILE', 'CHAINCODE_CLIENT_CA_CERT'],
  ADMIN_MSP: [],
};
const REQUIRED = ['CORE_CHAINCODE_ADDRESS', 'CORE_CHAINCODE_ID', 'ADMIN_MSP'];

for (const [name, others] of Object.entries(OTHER_NAMES)) {
  const set = [name, ...others].filter((each) => env[each]);
  const values = new Set(set.map((each) => env[each]));
  if (values.size > 1) fail(`${set.join(' and ')} are the same setting and differ: set one of them.`);
  if (values.size === 1) env[name] = env[set[0]];
  else if (REQUIRED.includes(name)) fail(`Set ${[name, ...others].join(' or ')}.`);
}
// The default is a line for each call.
env.CORE_CHAINCODE_LOGGING_LEVEL ??= 'WARNING';

// A process that is the first of its container has no default handlers.
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));

process.argv.splice(2, Infinity, 'server', '--module-path', __dirname);
require('fabric-shim/cli.js');

function fail(message) {
  console.error(message);
  process.exit(1);
}
