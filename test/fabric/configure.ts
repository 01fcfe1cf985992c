import { randomUUID } from 'node:crypto';
import { connectAs, type TestNetwork } from './test-network.js';

const backend = [{ msp: 'Org1MSP', role: 'client' }];

/** Clients of Org1MSP may do everything. */
const POLICY = {
  create: backend,
  mint: backend,
  burn: backend,
  void: backend,
  wallets: [{ prefix: '', owners: backend }],
};

/** Lets clients write, as the administrator. */
export async function configure(network: TestNetwork): Promise<void> {
  const admin = connectAs(network, 'admin');
  try {
    const contract = admin.gateway.getNetwork(network.channel).getContract(network.chaincode);
    await contract.submitTransaction('Configure', JSON.stringify({ policy: POLICY }), randomUUID());
  } finally {
    admin.close();
  }
}
