import { ChaincodeProcess } from '../chaincode-process.js';
import { CertificateAuthority } from '../peer/certificates.js';
import { freePorts } from '../ports.js';
import type { Node } from '../test-network.js';
import type { Environment } from './binaries.js';
import type { Definition, Lifecycle } from './lifecycle.js';

/** Starts a service with TLS for each organisation, and commits their definition. */
export async function deploy(
  lifecycle: Lifecycle,
  admins: readonly Environment[],
  definition: Definition,
  started: Node[],
): Promise<ChaincodeProcess[]> {
  const authority = new CertificateAuthority('chaincode');
  const services: ChaincodeProcess[] = [];
  for (const admin of admins) {
    const [port = 0] = await freePorts(1);
    const service = { address: `127.0.0.1:${port}`, rootCert: authority.cert };
    const packageId = await lifecycle.install(definition, admin, service);
    const tls = authority.server('chaincode');
    const chaincode = await ChaincodeProcess.start({ port, packageId, tls });
    started.push(chaincode);
    services.push(chaincode);
    await lifecycle.approve(definition, admin, packageId);
  }
  await lifecycle.commit(definition);
  return services;
}
