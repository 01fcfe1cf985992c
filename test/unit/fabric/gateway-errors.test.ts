import { describe, expect, it } from 'vitest';
import { gatewayError } from '../../../src/fabric/gateway-errors.js';
import { grpcError } from '../../helpers/fake-gateway.js';

const AT = { channel: 'ch', chaincode: 'spydra', mspId: 'Org1MSP' };
const refusal = (code: string) =>
  `chaincode response 500, {"code":"${code}","details":{"transactionId":"t1"},"message":"No."}`;

/** What peers of Fabric 2.5 have said, and what becomes of it. */
describe('an error of fabric-gateway', () => {
  it.each([
    [
      'a refusal at endorsement',
      grpcError(10, 'ABORTED: failed to endorse transaction', refusal('IDEMPOTENCY_CONFLICT')),
      'IDEMPOTENCY_CONFLICT',
      false,
      'Use a new key',
    ],
    [
      'a refusal at evaluation',
      grpcError(2, 'UNKNOWN: evaluate call to endorser returned error', refusal('NOT_FOUND')),
      'NOT_FOUND',
      false,
      'Check the id',
    ],
    [
      'a refusal of a later contract',
      grpcError(10, 'ABORTED', refusal('SOMETHING_NEW')),
      'CONFLICT',
      false,
      'not known',
    ],
    [
      'an unknown function',
      grpcError(2, 'UNKNOWN', "chaincode response 500, You've asked to invoke a function that does not exist: Nope"),
      'CONFIGURATION',
      false,
      'spydra the token contract',
    ],
    [
      'an unknown chaincode',
      grpcError(9, 'FAILED_PRECONDITION: no peers available to evaluate chaincode spydra in channel ch'),
      'UNAVAILABLE',
      true,
      'Either chaincode spydra is not committed on channel ch',
    ],
    [
      'endorsements that differ',
      grpcError(
        10,
        'ABORTED: failed to collect enough transaction endorsements',
        'ProposalResponsePayloads do not match',
      ),
      'UNAVAILABLE',
      true,
      'a block behind',
    ],
    [
      "a refusal of a second organisation's peer, where the first one has endorsed",
      grpcError(10, 'ABORTED: failed to collect enough transaction endorsements', refusal('NOT_FOUND')),
      'UNAVAILABLE',
      true,
      'The peers disagree',
    ],
    [
      'a refusal of the first peer that quotes what gateways say',
      grpcError(
        10,
        'ABORTED: failed to endorse transaction',
        refusal('NOT_FOUND').replace('No.', 'No asset failed to collect enough transaction endorsements.'),
      ),
      'NOT_FOUND',
      false,
      'Check the id',
    ],
    [
      'refusals of two other peers',
      grpcError(
        10,
        'ABORTED: failed to collect enough transaction endorsements',
        refusal('INSUFFICIENT_BALANCE').replace('t1', 't2'),
        refusal('INSUFFICIENT_BALANCE'),
      ),
      'UNAVAILABLE',
      true,
      'The peers disagree',
    ],
    [
      'a chaincode that is not committed, at endorsement',
      grpcError(
        9,
        'FAILED_PRECONDITION: no combination of peers can be derived which satisfy the endorsement policy: No metadata was found for chaincode spydra in channel ch',
      ),
      'UNAVAILABLE',
      true,
      'Either chaincode spydra is not committed on channel ch or the peer not in that channel, or its peers are starting',
    ],
    [
      'a channel that the peer is not in, at evaluation',
      grpcError(14, 'UNAVAILABLE: failed to get config for channel [ch]: could not get last config for channel ch'),
      'UNAVAILABLE',
      true,
      'or the peer not in that channel',
    ],
    [
      'a wrong MSP',
      grpcError(2, 'UNKNOWN: error validating proposal: access denied: channel [ch] creator org [Org1MSP]'),
      'FORBIDDEN',
      false,
      'Check that Org1MSP is the MSP',
    ],
    [
      'a certificate that has expired, at evaluation by Fabric 3.1',
      grpcError(14, 'UNAVAILABLE: failed to evaluate transaction', 'proposal client identity expired'),
      'FORBIDDEN',
      false,
      'The certificate of the identity of Org1MSP has expired: enroll it again',
    ],
    [
      'a certificate that has expired, at endorsement',
      grpcError(10, 'ABORTED: failed to endorse transaction', 'proposal client identity expired'),
      'FORBIDDEN',
      false,
      'enroll it again',
    ],
    [
      'a name that is not in the TLS certificate',
      grpcError(
        14,
        "UNAVAILABLE: No connection established. Last error: Hostname/IP does not match certificate's altnames",
      ),
      'CONNECTION',
      false,
      'tlsHostName',
    ],
    [
      'TLS of another CA',
      grpcError(14, 'UNAVAILABLE: No connection established. Last error: Error: self-signed certificate'),
      'CONNECTION',
      false,
      'tlsCertificate',
    ],
    [
      'a peer that is not there',
      grpcError(14, 'UNAVAILABLE: connect ECONNREFUSED 127.0.0.1:7051'),
      'CONNECTION',
      true,
      'Check the endpoint',
    ],
    ['a deadline', grpcError(4, 'DEADLINE_EXCEEDED'), 'TIMEOUT', true, 'Raise `timeout`'],
    [
      'too many requests',
      grpcError(8, 'RESOURCE_EXHAUSTED: too many requests for /gateway.Gateway'),
      'RATE_LIMITED',
      true,
      'later',
    ],
    [
      'a server without a gateway',
      grpcError(12, 'UNIMPLEMENTED: unknown service gateway.Gateway'),
      'CONFIGURATION',
      false,
      'Fabric 2.4',
    ],
    [
      'a chaincode that throws',
      grpcError(10, 'ABORTED', 'chaincode response 500, TypeError: x is not an identity'),
      'INTERNAL',
      false,
      'log of the chaincode',
    ],
    [
      'too few endorsements',
      grpcError(10, 'ABORTED: failed to collect enough transaction endorsements', 'context deadline exceeded'),
      'UNAVAILABLE',
      true,
      'not enough peers',
    ],
    ['anything else', grpcError(13, 'INTERNAL: oops'), 'INTERNAL', false, 'log of the peer'],
    ['no error of gRPC', new TypeError('no signer'), 'SPYDRA_ERROR', false, 'no signer'],
  ])('for %s has its class, its advice, and says that nothing was applied', (_, error, code, retryable, advice) => {
    const mapped = gatewayError(error, AT, { idempotencyKey: 'k' });
    expect(mapped).toMatchObject({ code, retryable, outcome: 'not-applied' });
    expect(mapped.message).toContain(advice);
  });

  it.each([
    'Received message larger than max (5000000 vs 4194304)',
    'grpc: received message larger than max (104857601 vs. 104857600)',
    'trying to send message larger than max (104857601 vs. 104857600)',
    'Attempted to send message with a size larger than 4194304',
    'Received message that decompresses to a size larger than 4194304',
  ])('for "%s" is not to be tried again, and says what to set', (text) => {
    const mapped = gatewayError(grpcError(8, `RESOURCE_EXHAUSTED: ${text}`), AT);
    expect(mapped).toMatchObject({ code: 'INVALID_REQUEST', retryable: false, outcome: 'not-applied' });
    expect(mapped.message).toContain("'grpc.max_receive_message_length': -1");
  });

  it('keeps the code and the details of the contract', () => {
    const mapped = gatewayError(grpcError(10, 'ABORTED', refusal('KEY_VOIDED')), AT, { idempotencyKey: 'k' });
    expect(mapped).toMatchObject({
      serverCode: 'KEY_VOIDED',
      transactionId: 't1',
      idempotencyKey: 'k',
      code: 'CONFLICT',
    });
  });
});
