/** The secret of the test's listener. */
export const SECRET = 'secret-of-the-listener';
export const CUSTOM = { header: 'X-Listener', value: SECRET };
const BASIC = { username: 'spydra', password: SECRET };

/** The `Authorization` header of the listener. */
export const basicHeader = ({ username, password } = BASIC) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** A delivery as Spydra documents it, of an app event. */
export const payload = (transactionId: string, eventName = 'CreateAsset') => ({
  channelName: 'channel-1',
  chaincodeName: 'app-1',
  eventType: eventName,
  eventData: {
    chaincode_id: 'app-1',
    tx_id: transactionId,
    event_name: eventName,
    payload: {
      message: 'Asset created',
      data: { id: 'Prop1', assetType: 'Property', data: {}, createdAt: '2023-05-13T02:20:46.881413278+05:30' },
    },
  },
});

export function delivery(body: unknown, headers: Record<string, string> = { Authorization: basicHeader() }): Request {
  const text = typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body);
  return new Request('https://receiver.test/hooks', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: text,
  });
}
