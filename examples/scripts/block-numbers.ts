import { createPrivateKey } from 'node:crypto';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, hash, signers } from '@hyperledger/fabric-gateway';
import { common } from '@hyperledger/fabric-protos';
import type { FabricNetwork } from './fabric-networks.js';

/** The numbers of the blocks that a peer has committed, by the ids of their transactions, until `close()`. */
export interface BlockNumbers {
  of(transactionId: string): Promise<bigint>;
  close(): void;
}

/** Asks the peer itself: the SDK does not know blocks. */
export function blockNumbersOn({ connection, channel }: FabricNetwork): BlockNumbers {
  const { endpoint, tlsCertificate, tlsHostName, identity } = connection;
  const client = new Client(
    endpoint,
    tlsCertificate === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(tlsCertificate)),
    {
      // The response is a whole block.
      'grpc.max_receive_message_length': -1,
      ...(tlsHostName === undefined ? {} : { 'grpc.ssl_target_name_override': tlsHostName }),
    },
  );
  const gateway = connect({
    client,
    identity: { mspId: identity.mspId, credentials: Buffer.from(identity.certificate) },
    signer: signers.newPrivateKeySigner(createPrivateKey(identity.privateKey)),
    hash: hash.sha256,
  });
  const qscc = gateway.getNetwork(channel).getContract('qscc');
  return {
    async of(transactionId) {
      const block = await qscc.evaluateTransaction('GetBlockByTxID', channel, transactionId);
      return BigInt(common.Block.deserializeBinary(block).getHeader()?.getNumber() ?? 0);
    },
    close() {
      gateway.close();
      client.close();
    },
  };
}
