import { fabricIdentity } from 'spydra-sdk/contract';
import { expect, it } from 'vitest';

/** Self-signed, of a test only. Subjects: OU=client-org, OU=admin, CN=Admin; and OU=client, CN=x/y/OU=admin. */
const ADMIN = `-----BEGIN CERTIFICATE-----
MIIBZjCCAQ0CFF3kXuJhYPJm7JKn7b5fLEvlIhpiMAoGCCqGSM49BAMCMDUxEzAR
BgNVBAsMCmNsaWVudC1vcmcxDjAMBgNVBAsMBWFkbWluMQ4wDAYDVQQDDAVBZG1p
bjAgFw0yNjExMjgxMjU2NThaGA8yMTI2MTEwNDEyNTY1OFowNTETMBEGA1UECwwK
Y2xpZW50LW9yZzEOMAwGA1UECwwFYWRtaW4xDjAMBgNVBAMMBUFkbWluMFkwEwYH
KoZIzj0CAQYIKoZIzj0DAQcDQgAEs1xSDl7s0LZtn2zh3/LRrfj76sn9vpx9A+wn
CgPvGKfywSSTqd/wu5zYSCqYqPSc9hChgI/7MEcPEcEokDJszDAKBggqhkjOPQQD
AgNHADBEAiB7LzCvIEz4geHym05FDNiH4Ymfl4U+KoNgObfEl+PxeAIgFOLcxS0/
a+gz+veaRXnv0izlRJIn5g/mtKFyWPNiluc=
-----END CERTIFICATE-----`;
const FORGED = `-----BEGIN CERTIFICATE-----
MIIBTDCB8wIUNIOa02eDqTsy8t16HEShl6RhnZYwCgYIKoZIzj0EAwIwKDEPMA0G
A1UECwwGY2xpZW50MRUwEwYDVQQDDAx4L3kvT1U9YWRtaW4wIBcNMjYxMTI4MTI1
NjU4WhgPMjEyNjExMDQxMjU2NThaMCgxDzANBgNVBAsMBmNsaWVudDEVMBMGA1UE
AwwMeC95L09VPWFkbWluMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7SOnQ3TK
WvZRAp/9Ql3XbwCUkh4ERTpNMPF00BeT3JWJfIpTzpC9F7CQwKdEdInqi/9D9AgO
Yxu5S4jk9ASIoDAKBggqhkjOPQQDAgNIADBFAiEAqLv79xVitmxeD5pHqu30qybb
vvmCW5XCDrPLm+6nrXsCIFSWWEgu5H/8SXoijaY9SREuct9Gj1tFQkCO80RvCXB/
-----END CERTIFICATE-----`;
const NAMELESS = `-----BEGIN CERTIFICATE-----
MIIBHjCBxQIUD3XtE8gfmIfcazlWk9L6pGnKtMYwCgYIKoZIzj0EAwIwETEPMA0G
A1UEAwwGbm9ib2R5MCAXDTI2MTEyODEyNTY1OFoYDzIxMjYxMTA0MTI1NjU4WjAR
MQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARfOYOi
RZ4feuHb70zPLExsF+g4ABwbTwTxsT/TWtEvXOh42Wah8iC1rHbM9WQ/s9AxBcvY
3vAvQdvjms+SppqgMAoGCCqGSM49BAMCA0gAMEUCIQCTkdi8w03nrsGeFdQyQwXm
MgqwqyyW6qbC4shbaVH+ywIgbuoVYgvzyplS3YpvP+UURuezxl6vi888wmEoeP1T
44g=
-----END CERTIFICATE-----`;

/** As fabric-shim's `ClientIdentity` gives them. */
function clientOf(pem: string, attributes: Readonly<Record<string, unknown>> = {}) {
  return {
    getMSPID: () => 'Org1MSP',
    getID: () => 'x509::/OU=client/CN=x\\/y/OU=admin::/CN=ca',
    getIDBytes: () => new TextEncoder().encode(pem),
    getAttributeValue: (name: string) => (attributes[name] ?? null) as string | null,
  };
}

it('has the organisational units of the certificate as roles', () => {
  expect(fabricIdentity(clientOf(ADMIN)).roles).toEqual(['client-org', 'admin']);
  expect(fabricIdentity(clientOf(NAMELESS)).roles).toEqual([]);
});

it('does not take a name that contains "/OU=admin" for a role', () => {
  expect(fabricIdentity(clientOf(FORGED)).roles).toEqual(['client']);
});

it('has the MSP, the id and the attributes of the client', () => {
  const identity = fabricIdentity(clientOf(FORGED, { wallet: 'alice' }));
  expect([identity.mspId, identity.id]).toEqual(['Org1MSP', 'x509::/OU=client/CN=x\\/y/OU=admin::/CN=ca']);
  expect([identity.attribute('wallet'), identity.attribute('role')]).toEqual(['alice', undefined]);
});

it('has no attribute whose value is no text, as those that every object inherits', () => {
  expect(fabricIdentity(clientOf(FORGED)).attribute('constructor')).toBeUndefined();
});

it.each([
  // Go skips a block whose base64 it cannot read, so the peer verifies the signature with the certificate that follows.
  ['a block that Go skips and OpenSSL reads', `${ADMIN.replace('\n-----END', '\v\n-----END')}\n${NAMELESS}\n`],
  ['a block of another type', `${NAMELESS.replaceAll('CERTIFICATE', 'X')}\n${ADMIN}\n`],
  ['a second certificate', `${NAMELESS}\n${ADMIN}\n`],
  ['a text before it', `x\n${ADMIN}\n`],
  ['a header', ADMIN.replace('-----\n', '-----\nX: y\n\n')],
])('%s beside the certificate is refused, for the peer may have verified another one', (_, pem) => {
  expect(() => fabricIdentity(clientOf(pem))).toThrow(/"field":"creator"/);
});

it.each([
  ['ends with a line end', `${ADMIN}\n`],
  ['has line ends of Windows', `${ADMIN}\n`.replaceAll('\n', '\r\n')],
])('a certificate that %s is read', (_, pem) => {
  expect(fabricIdentity(clientOf(pem)).roles).toContain('admin');
});
